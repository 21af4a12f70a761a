/*
 * replay.c - run a fuzz target over files, and over the files of directories, without libFuzzer.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat stat_of;
    uint8_t *bytes;
    size_t len, got;

    if (file == NULL || fstat(fileno(file), &stat_of) != 0) {
        perror(path);
        if (file != NULL)
            (void)fclose(file);
        return false;
    }
    len = (size_t)stat_of.st_size;
    bytes =
        malloc(len == 0 ? 1 : len); /* no more than it needs, so that ASan sees a byte too far */
    got = bytes == NULL ? 0 : fread(bytes, 1, len, file);
    (void)fclose(file);
    if (bytes != NULL && got == len)
        (void)LLVMFuzzerTestOneInput(bytes, len);
    else
        perror(path);
    free(bytes);
    return got == len;
}

static int no_dots(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The files in the order of their names; how many, -1 when one cannot be read. */
static int replay_directory(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, no_dots, alphasort);
    bool good = count >= 0;

    if (count < 0)
        perror(path);
    for (int i = 0; i < count; i++) {
        size_t size = strlen(path) + strlen(entries[i]->d_name) + 2;
        char *file = malloc(size);

        if (file != NULL)
            (void)snprintf(file, size, "%s/%s", path, entries[i]->d_name);
        good = file != NULL && replay_file(file) && good;
        free(file);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return good ? count : -1;
}

int main(int argc, char **argv)
{
    int replayed = 0, failed = 0;

    for (int i = 1; i < argc; i++) {
        struct stat stat_of;
        int count;

        if (stat(argv[i], &stat_of) == 0 && S_ISDIR(stat_of.st_mode))
            count = replay_directory(argv[i]);
        else
            count = replay_file(argv[i]) ? 1 : -1;
        if (count < 0)
            failed = 1;
        else
            replayed += count;
    }
    printf("%d inputs replayed\n", replayed);
    return failed != 0 || replayed == 0;
}
