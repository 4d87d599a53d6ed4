#!/bin/sh
# mutate.sh - do the unit tests notice when pika.h is wrong? One small change at a time, and the tests run.
# Usage: tests/mutate.sh [--count N] [--seed N] [--jobs N] [--list] [--full] [--floor PCT] [--folder DIR]
#   --count N     mutants (default 200)         --seed N   which ones (default 1)
#   --jobs N      at a time (default: cores, at most 4)
#   --list        prints the mutants and runs none
#   --full        what survives --quick gets the whole tests too
#   --floor PCT   exit 1 when fewer are killed (default 85)
#   --folder DIR  where to work (default build/mutate, from the repository's top)
# Needs gcc, gcov and python3; tcc, where there is one, makes it faster. A quarter of an hour on two cores; not part of
# the check. Exit code: 0, 1 too many survive, 2 wrong usage or something that is needed is missing. POSIX sh.
set -u
unset CDPATH
case $0 in */*) cd "${0%/*}/.." || exit 2 ;; *) cd .. || exit 2 ;; esac
for needed in "${CC:-gcc}" "${GCOV:-gcov}"; do
    command -v "$needed" >/dev/null 2>&1 || {
        echo "mutate.sh: $needed is not here" >&2
        exit 2
    }
done
python=/usr/bin/python3
[ -x $python ] || python=$(command -v python3) || {
    echo "mutate.sh: python3 is not here" >&2
    exit 2
}
exec "$python" tests/mutate.py "$@"
