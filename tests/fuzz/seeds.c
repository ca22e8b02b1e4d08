/* seeds: writes the seeds of the fuzz targets that read what is made rather than typed.
 *
 *     fuzz_seeds tests/fuzz       by hand, when a format grows; the files are in the tree */
#include "tests/fuzz/seed_signatures.h"
#include "tests/support/pe_builder.h"

#include "base/file/file.h"
#include "base/path.h"

#include <stdio.h>
#include <string.h>

enum { DER_SIZE = 140 };

typedef struct Seed {
    const char *name;
    PePlan plan;
    size_t der_length; /* 0: unsigned */
} Seed;

#define SEED(name, der_length, ...)                                                                \
    {                                                                                              \
        name, {__VA_ARGS__}, der_length                                                            \
    }

static const Seed seeds[] = {
    SEED("pe32", DER_SIZE, 0),
    SEED("pe32-exact", DER_SIZE - 4, .overlay = 3),
    SEED("pe32-unsigned", 0, .overlay = 5),
    SEED("pe32plus", DER_SIZE, .plus = true, .header_offset = 0x80),
    SEED("pe32plus-dll", DER_SIZE, .plus = true, .dll = true, .sections = 3),
    SEED("pe32plus-unsigned", 0, .plus = true),
    SEED("pe32-header-in-dos-header", DER_SIZE, .header_offset = 4),
};

static bool write_file(const char *folder, const char *name, const PeFile *file, Error *err)
{
    CLEANUP(free) char *path = path_join(folder, name);

    if (!path)
        return error_memory(err);
    return file_write_atomic(path, file->bytes, file->length, 0644, err);
}

static bool write_seed(const char *folder, const Seed *seed, Error *err)
{
    CLEANUP_PE_FILE PeFile file = pe_build(&seed->plan);
    uint8_t der[DER_SIZE] = {0x30, 0x81, (uint8_t)(seed->der_length - 3)};

    if (seed->plan.header_offset == 4)
        pe_put32(&file, 60, 4);
    if (seed->der_length > 0)
        pe_attach_signature(&file, der, seed->der_length);
    pe_set_checksum(&file);
    return write_file(folder, seed->name, &file, err);
}

int main(int argc, char **argv)
{
    CLEANUP(free) char *corpus = argc == 2 ? path_join(argv[1], "corpus") : NULL;
    CLEANUP(free) char *fixture = argc == 2 ? path_join(argv[1], "authenticode") : NULL;
    CLEANUP(free) char *folder = corpus ? path_join(corpus, "pe_image") : NULL;
    Error err = {0};

    if (!fixture || !folder || !folder_create(folder, &err)) {
        (void)fprintf(stderr, "usage: fuzz_seeds tests/fuzz\n%s\n", err.message);
        return 2;
    }
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++)
        if (!write_seed(folder, &seeds[i], &err)) {
            (void)fprintf(stderr, "%s\n", err.message);
            return 1;
        }
    seed_signatures(corpus, fixture);
    return 0;
}
