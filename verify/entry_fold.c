/* entry_fold: entry_name_fold() of entry_name.h: the letters that case-insensitive file systems
 * take for one another. Source: Unicode CaseFolding.txt, its simple one-to-one rows (status C and
 * S). */
#include "base/text.h"
#include "verify/entry_name.h"
#include "verify/utf8.h"

#include <string.h>

typedef enum FoldKind {
    FOLD_SHIFT, /* each becomes itself plus `shift` */
    FOLD_EVEN,  /* upper case is even, lower case the odd one behind it */
    FOLD_ODD,   /* the other way round */
} FoldKind;

typedef struct FoldRow {
    uint32_t first, last;
    FoldKind kind;
    int32_t shift;
} FoldRow;

static const FoldRow fold_rows[] = {
    {'A',    'Z',    FOLD_SHIFT, 32            },
    {0xb5,   0xb5,   FOLD_SHIFT, 0x3bc - 0xb5  }, /* micro sign: mu */
    {0xc0,   0xd6,   FOLD_SHIFT, 32            },
    {0xd8,   0xde,   FOLD_SHIFT, 32            },
    {0x100,  0x12f,  FOLD_EVEN,  0             },
    {0x132,  0x137,  FOLD_EVEN,  0             },
    {0x139,  0x148,  FOLD_ODD,   0             },
    {0x14a,  0x177,  FOLD_EVEN,  0             },
    {0x178,  0x178,  FOLD_SHIFT, 0xff - 0x178  },
    {0x179,  0x17e,  FOLD_ODD,   0             },
    {0x17f,  0x17f,  FOLD_SHIFT, 's' - 0x17f   }, /* long s */
    {0x386,  0x386,  FOLD_SHIFT, 0x3ac - 0x386 },
    {0x388,  0x38a,  FOLD_SHIFT, 0x3ad - 0x388 },
    {0x38c,  0x38c,  FOLD_SHIFT, 0x3cc - 0x38c },
    {0x38e,  0x38f,  FOLD_SHIFT, 0x3cd - 0x38e },
    {0x391,  0x3a1,  FOLD_SHIFT, 32            },
    {0x3a3,  0x3ab,  FOLD_SHIFT, 32            },
    {0x3c2,  0x3c2,  FOLD_SHIFT, 1             }, /* final sigma */
    {0x3d8,  0x3ef,  FOLD_EVEN,  0             },
    {0x400,  0x40f,  FOLD_SHIFT, 80            },
    {0x410,  0x42f,  FOLD_SHIFT, 32            },
    {0x460,  0x481,  FOLD_EVEN,  0             },
    {0x48a,  0x4bf,  FOLD_EVEN,  0             },
    {0x4c0,  0x4c0,  FOLD_SHIFT, 0x4cf - 0x4c0 },
    {0x4c1,  0x4ce,  FOLD_ODD,   0             },
    {0x4d0,  0x52f,  FOLD_EVEN,  0             },
    {0x1e00, 0x1e95, FOLD_EVEN,  0             },
    {0x1e9e, 0x1e9e, FOLD_SHIFT, 0xdf - 0x1e9e }, /* capital sharp s */
    {0x1ea0, 0x1eff, FOLD_EVEN,  0             },
    {0x2126, 0x2126, FOLD_SHIFT, 0x3c9 - 0x2126}, /* ohm sign: omega */
    {0x212a, 0x212a, FOLD_SHIFT, 'k' - 0x212a  }, /* kelvin sign */
    {0x212b, 0x212b, FOLD_SHIFT, 0xe5 - 0x212b }, /* angstrom sign */
    {0xff21, 0xff3a, FOLD_SHIFT, 32            },
};

static uint32_t fold_by(const FoldRow *row, uint32_t character)
{
    switch (row->kind) {
    case FOLD_SHIFT:
        return (uint32_t)((int64_t)character + row->shift);
    case FOLD_EVEN:
        return character | 1;
    case FOLD_ODD:
        return character % 2 == 1 ? character + 1 : character;
    }
    return character;
}

static uint32_t fold(uint32_t character)
{
    for (size_t i = 0; i < sizeof fold_rows / sizeof fold_rows[0]; i++)
        if (character >= fold_rows[i].first && character <= fold_rows[i].last)
            return fold_by(&fold_rows[i], character);
    return character;
}

char *entry_name_fold(const char *name)
{
    CLEANUP_TEXT Text folded = {0};
    const size_t length = strlen(name);

    text_append(&folded, "");
    for (size_t at = 0; at < length;) {
        uint32_t character = 0;
        char bytes[4];
        const size_t taken = utf8_decode(name + at, length - at, &character);

        if (taken == 0)
            text_append_bytes(&folded, name + at, 1);
        else
            text_append_bytes(&folded, bytes, utf8_put(fold(character), bytes));
        at += taken > 0 ? taken : 1;
    }
    return text_take(&folded);
}
