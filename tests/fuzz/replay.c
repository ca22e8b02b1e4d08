/* replay: feeds files to a fuzz target without a fuzzer, so that every corpus, and with it every
 * crash that was ever found, is a test of the ordinary build and of the sanitizers'.
 *
 *     replay_NAME FOLDER...      each file in it is one input */
#include "tests/fuzz/fuzz.h"

#include "base/file/file.h"
#include "base/path.h"

enum { INPUT_MOST = 4 * 1024 * 1024 };

static bool replay_file(const char *folder, const char *name, Error *err)
{
    CLEANUP(free) char *path = path_join(folder, name);
    CLEANUP(free) char *bytes = NULL;
    CLEANUP(free) uint8_t *exact = NULL;
    size_t length = 0;

    if (!path)
        return error_memory(err);
    if (!file_read_all(path, INPUT_MOST, &bytes, &length, err))
        return false;
    exact = fuzz_copy(bytes, length);
    (void)LLVMFuzzerTestOneInput(exact, length); /* always 0 */
    return true;
}

static bool replay_folder(const char *folder, size_t *count, Error *err)
{
    CLEANUP_TEXT_LIST TextList names = {0};

    if (!folder_list(folder, &names, err))
        return false;
    for (size_t i = 0; i < names.count; i++)
        if (!replay_file(folder, names.items[i], err))
            return false;
    *count += names.count;
    return true;
}

int main(int argc, char **argv)
{
    Error err = {0};
    size_t count = 0;

    for (int i = 1; i < argc; i++)
        if (!replay_folder(argv[i], &count, &err)) {
            (void)fprintf(stderr, "%s\n", err.message);
            return 1;
        }
    (void)printf("%zu inputs\n", count);
    return count > 0 ? 0 : 1;
}
