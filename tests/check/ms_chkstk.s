# ms_chkstk.s - what the compiler calls before it takes a large stack frame: touches each new page in turn, from
# the top, so that the guard page moves down. In: rax = bytes. Keeps every register.
    .globl __chkstk
__chkstk:
    pushq %r10
    pushq %r11
    leaq 24(%rsp), %r10         # the caller's stack pointer
    movq %rax, %r11
    jmp 2f
1:  subq $4096, %r10
    subq $4096, %r11
    orb $0, (%r10)
2:  cmpq $4096, %r11
    jae 1b
    popq %r11
    popq %r10
    ret
