/* See pack_mode.h. Windows knows programs by their names' ends; what is packed here may be meant
 * for another system, so what a file begins with decides: ELF, PE, Mach-O, or a script's "#!". */
#include "base/file/file.h"
#include "deploy/archive/pack_mode.h"

#include <string.h>

enum { MAGIC_SIZE = 4 };

static bool begins_as_program(const unsigned char *bytes, size_t length)
{
    static const struct {
        const char *magic;
        size_t length;
    } starts[] = {
        {"\x7f"
         "ELF",     4},
        {"MZ",               2},
        {"#!",               2},
        {"\xcf\xfa\xed\xfe", 4}, /* Mach-O, 64 bits */
        {"\xca\xfe\xba\xbe", 4}, /* Mach-O for several processors */
    };

    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (length >= starts[i].length && memcmp(bytes, starts[i].magic, starts[i].length) == 0)
            return true;
    return false;
}

bool pack_mode_is_program(const char *path, bool *out, Error *err)
{
    CLEANUP(file_close) File *file = NULL;
    unsigned char magic[MAGIC_SIZE];
    size_t got = 0;

    if (!file_open(path, FILE_READ, &file, err) || !file_read(file, magic, sizeof magic, &got, err))
        return false;
    *out = begins_as_program(magic, got);
    return true;
}
