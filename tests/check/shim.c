/* shim.c - stands in for a Windows compiler under Wine, so that build.bat can be tested: cl.exe starts cl.sh
   beside it, on the Linux side. Wine gives no handle of a Unix process, so the script reports through files:
   NAME.args one argument a line, the folder first; NAME.out its output; NAME.status its exit status, last. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static void file_name(char *out, const char *base, const char *extension)
{
    sprintf(out, "%s.%s", base, extension);
}

int main(int argc, char **argv)
{
    char base[MAX_PATH], path[MAX_PATH + 16], folder[MAX_PATH], command[3 * MAX_PATH], line[4096];
    STARTUPINFOA startup;
    PROCESS_INFORMATION process;
    FILE *file;
    int i, status = 1;
    if (GetModuleFileNameA(NULL, base, MAX_PATH) == 0 || GetCurrentDirectoryA(MAX_PATH, folder) == 0)
        return 99;
    base[strlen(base) - 4] = 0; /* .exe */
    file_name(path, base, "status");
    remove(path);
    file_name(path, base, "args");
    file = fopen(path, "wb");
    if (file == NULL) return 99;
    fprintf(file, "%s\n", folder);
    for (i = 1; i < argc; i++) fprintf(file, "%s\n", argv[i]);
    fclose(file);
    for (i = 0; base[i] != 0; i++)
        if (base[i] == '\\') base[i] = '/';
    sprintf(command, "Z:\\bin\\sh \"%s.sh\" \"%s\"", base + 2, base + 2); /* without Z: */
    memset(&startup, 0, sizeof startup);
    startup.cb = sizeof startup;
    if (!CreateProcessA("Z:\\bin\\sh", command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process))
        return 99;
    file_name(path, base, "status");
    for (i = 0; i < 6000; i++) { /* five minutes */
        file = fopen(path, "rb");
        if (file != NULL) {
            if (fscanf(file, "%d", &status) == 1) {
                fclose(file);
                break;
            }
            fclose(file);
        }
        Sleep(50);
    }
    file_name(path, base, "out");
    file = fopen(path, "rb");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) fputs(line, stdout);
    if (file != NULL) fclose(file);
    return status;
}
