/* See pe_layout.h. Each step asks for the bytes that it is going to look at, then looks. */
#include "verify/authenticode/pe_layout.h"

#include "verify/authenticode/little_endian.h"

#include <inttypes.h>
#include <string.h>

enum {
    DOS_HEADER_SIZE = 64,
    DOS_NEW_HEADER_AT = 60, /* e_lfanew */
    SIGNATURE_SIZE = 4,
    COFF_END = 24, /* from the signature on */
    COFF_SECTIONS_AT = 6,
    COFF_OPTIONAL_SIZE_AT = 20,
    COFF_CHARACTERISTICS_AT = 22,
    CHARACTERISTIC_DLL = 0x2000,
    MAGIC_PE32 = 0x10b,
    MAGIC_PE32_PLUS = 0x20b,
    OPTIONAL_SECTION_ALIGNMENT_AT = 32,
    OPTIONAL_HEADERS_SIZE_AT = 60,
    OPTIONAL_CHECKSUM_AT = 64,
    DIRECTORIES_AT_PE32 = 96, /* the 4 bytes before them count them */
    DIRECTORIES_AT_PE32_PLUS = 112,
    DIRECTORY_OF_TABLE = 4,
    SECTION_HEADER_SIZE = 40,
    SECTION_RAW_SIZE_AT = 16,
    SECTION_RAW_AT = 20,
    TABLE_ALIGNMENT = 8,
    TABLE_SIZE_LEAST = 8
};

/* One reading of one head; the steps below fill it from top to bottom. */
typedef struct Reader {
    const PeHead *head;
    size_t *needed;
    PeProblem *problem;
    size_t header_at;   /* of "PE\0\0" */
    size_t optional_at; /* of the optional header */
    size_t optional_size;
} Reader;

/* ---- asking for bytes ---- */

/* What pe_problem_set() answers, as a state. */
static PeLayoutState bad(bool sound)
{
    return sound ? PE_LAYOUT_READ : PE_LAYOUT_BAD;
}

/* The first `end` bytes; `what` of the headers ends there. */
static PeLayoutState demand(Reader *reader, size_t end, const char *what)
{
    if (end > reader->head->file_size)
        return bad(pe_problem_set(reader->problem, PE_HEADERS_CUT,
                                  "%s ends at byte %zu of a file of %" PRIu64 " bytes", what, end,
                                  reader->head->file_size));
    if (end <= reader->head->length)
        return PE_LAYOUT_READ;
    *reader->needed = end;
    return PE_LAYOUT_MORE;
}

/* ---- DOS header, signature ---- */

static PeLayoutState read_dos(Reader *reader, uint32_t *header_at)
{
    const PeHead *head = reader->head;
    const size_t least = head->file_size < 2 ? (size_t)head->file_size : 2;

    if (head->length < least) {
        *reader->needed = least;
        return PE_LAYOUT_MORE;
    }
    if (least < 2 || memcmp(head->bytes, "MZ", 2) != 0)
        return bad(pe_problem_set(reader->problem, PE_NOT_MZ, "it does not begin with \"MZ\""));
    if (head->file_size < DOS_HEADER_SIZE)
        return bad(pe_problem_set(reader->problem, PE_MZ_SHORT,
                                  "a DOS header has %d bytes, the file %" PRIu64, DOS_HEADER_SIZE,
                                  head->file_size));
    if (head->length < DOS_HEADER_SIZE) {
        *reader->needed = DOS_HEADER_SIZE;
        return PE_LAYOUT_MORE;
    }
    *header_at = le32(head->bytes + DOS_NEW_HEADER_AT);
    return PE_LAYOUT_READ;
}

/* A DOS or 16-bit Windows program may have anything here: it is no PE then, and no Windows loads it
 * as one. What is too far to be looked at may be one, and is refused. */
static PeLayoutState read_signature(Reader *reader)
{
    const PeHead *head = reader->head;
    uint32_t at = 0;
    const PeLayoutState state = read_dos(reader, &at);

    if (state != PE_LAYOUT_READ)
        return state;
    if ((uint64_t)at + SIGNATURE_SIZE > head->file_size)
        return bad(pe_problem_set(reader->problem, PE_MZ_ONLY,
                                  "a DOS program: its header points at byte %" PRIu32
                                  " of %" PRIu64,
                                  at, head->file_size));
    if (at > PE_HEADER_MOST - COFF_END)
        return bad(pe_problem_set(reader->problem, PE_HEADERS_FAR,
                                  "the PE header is at byte %" PRIu32 ", %d at most", at,
                                  PE_HEADER_MOST - COFF_END));
    if (at + SIGNATURE_SIZE > head->length) {
        *reader->needed = at + SIGNATURE_SIZE;
        return PE_LAYOUT_MORE;
    }
    if (memcmp(head->bytes + at, "PE\0\0", SIGNATURE_SIZE) != 0)
        return bad(pe_problem_set(reader->problem, PE_MZ_ONLY,
                                  "a DOS program: byte %" PRIu32 " does not begin a PE header",
                                  at));
    if (at % 4 != 0)
        return bad(pe_problem_set(reader->problem, PE_HEADER_MISALIGNED,
                                  "the PE header is at byte %" PRIu32 ", no multiple of 4", at));
    reader->header_at = at;
    return PE_LAYOUT_READ;
}

/* ---- COFF header, optional header ---- */

static PeLayoutState read_coff(Reader *reader, PeLayout *layout)
{
    const uint8_t *coff = reader->head->bytes + reader->header_at;
    PeLayoutState state = demand(reader, reader->header_at + COFF_END, "the COFF header");

    if (state != PE_LAYOUT_READ)
        return state;
    reader->optional_at = reader->header_at + COFF_END;
    reader->optional_size = le16(coff + COFF_OPTIONAL_SIZE_AT);
    layout->section_count = le16(coff + COFF_SECTIONS_AT);
    layout->dll = (le16(coff + COFF_CHARACTERISTICS_AT) & CHARACTERISTIC_DLL) != 0;
    layout->headers_end =
        reader->optional_at + reader->optional_size + layout->section_count * SECTION_HEADER_SIZE;
    state = demand(reader, reader->optional_at + reader->optional_size, "the optional header");
    return state == PE_LAYOUT_READ ? demand(reader, layout->headers_end, "the section table")
                                   : state;
}

static PeLayoutState too_short(Reader *reader, size_t least)
{
    return bad(pe_problem_set(reader->problem, PE_OPTIONAL_SHORT,
                              "the optional header has %zu bytes, its fields take %zu",
                              reader->optional_size, least));
}

static PeLayoutState read_optional(Reader *reader, PeLayout *layout)
{
    const uint8_t *optional = reader->head->bytes + reader->optional_at;
    const uint16_t magic = reader->optional_size >= 2 ? le16(optional) : 0;
    const size_t directories = magic == MAGIC_PE32 ? DIRECTORIES_AT_PE32 : DIRECTORIES_AT_PE32_PLUS;
    const size_t entry = directories + (size_t)DIRECTORY_OF_TABLE * PE_DIRECTORY_SIZE;

    if (reader->optional_size < 2)
        return too_short(reader, 2);
    if (magic != MAGIC_PE32 && magic != MAGIC_PE32_PLUS)
        return bad(pe_problem_set(reader->problem, PE_MAGIC_UNKNOWN,
                                  "magic number 0x%x, neither PE32 (0x10b) nor PE32+ (0x20b)",
                                  magic));
    if (reader->optional_size < directories)
        return too_short(reader, directories);
    layout->checksum_at = reader->optional_at + OPTIONAL_CHECKSUM_AT;
    layout->checksum = le32(optional + OPTIONAL_CHECKSUM_AT);
    layout->section_alignment = le32(optional + OPTIONAL_SECTION_ALIGNMENT_AT);
    layout->size_of_headers = le32(optional + OPTIONAL_HEADERS_SIZE_AT);
    layout->sections = optional + reader->optional_size;
    if (le32(optional + directories - 4) <= DIRECTORY_OF_TABLE)
        return PE_LAYOUT_READ;
    if (reader->optional_size < entry + PE_DIRECTORY_SIZE)
        return too_short(reader, entry + PE_DIRECTORY_SIZE);
    layout->directory_at = reader->optional_at + entry;
    layout->table_at = le32(optional + entry);
    layout->table_size = le32(optional + entry + 4);
    return PE_LAYOUT_READ;
}

/* ---- where the certificate table lies ---- */

PeSection pe_layout_section(const PeLayout *layout, size_t index)
{
    const uint8_t *header = layout->sections + index * SECTION_HEADER_SIZE;
    const PeSection section = {le32(header + SECTION_RAW_AT), le32(header + SECTION_RAW_SIZE_AT)};

    /* Without a place in the file there is nothing of it in the file: .bss of some linkers. */
    return section.raw_at == 0 ? (PeSection){0, 0} : section;
}

/* Behind the table nothing is hashed, so that it must be the end of everything. */
static bool sections_end_before_table(const PeLayout *layout, PeProblem *problem)
{
    for (size_t i = 0; i < layout->section_count; i++) {
        const PeSection section = pe_layout_section(layout, i);
        const uint64_t end = (uint64_t)section.raw_at + section.raw_size;

        if (section.raw_size > 0 && end > layout->table_at)
            return pe_problem_set(problem, PE_TABLE_OVER_SECTION,
                                  "section %zu ends at byte %" PRIu64
                                  ", the certificate table begins at %" PRIu32,
                                  i, end, layout->table_at);
    }
    return true;
}

static bool table_ends_file(const PeLayout *layout, uint64_t file_size, PeProblem *problem)
{
    const uint64_t end = (uint64_t)layout->table_at + layout->table_size;

    if (end == file_size)
        return true;
    return pe_problem_set(problem, end > file_size ? PE_TABLE_BEYOND_END : PE_DATA_AFTER_TABLE,
                          "the certificate table ends at byte %" PRIu64 ", the file at %" PRIu64,
                          end, file_size);
}

static bool table_is_sane(const PeLayout *layout, uint64_t file_size, PeProblem *problem)
{
    if (layout->table_at == 0)
        return pe_problem_set(problem, PE_TABLE_NO_OFFSET,
                              "a certificate table of %" PRIu32 " bytes at byte 0",
                              layout->table_size);
    if (layout->table_size < TABLE_SIZE_LEAST)
        return pe_problem_set(problem, PE_TABLE_SMALL,
                              "a certificate table of %" PRIu32 " bytes, %d at least",
                              layout->table_size, TABLE_SIZE_LEAST);
    if (layout->table_at % TABLE_ALIGNMENT != 0)
        return pe_problem_set(problem, PE_TABLE_MISALIGNED,
                              "the certificate table is at byte %" PRIu32 ", no multiple of %d",
                              layout->table_at, TABLE_ALIGNMENT);
    if (layout->table_at < layout->headers_end)
        return pe_problem_set(problem, PE_TABLE_OVER_HEADERS,
                              "the certificate table is at byte %" PRIu32
                              ", the headers end at %zu",
                              layout->table_at, layout->headers_end);
    if (!table_ends_file(layout, file_size, problem) || !sections_end_before_table(layout, problem))
        return false;
    if (layout->table_size > PE_SIGNATURE_MOST)
        return pe_problem_set(problem, PE_TABLE_LARGE,
                              "a certificate table of %" PRIu32 " bytes, %d at most",
                              layout->table_size, PE_SIGNATURE_MOST);
    return true;
}

PeLayoutState pe_layout_read(const PeHead *head, PeLayout *out, size_t *needed, PeProblem *problem)
{
    Reader reader = {.head = head, .problem = problem};
    PeLayout layout = {0};
    PeLayoutState state = PE_LAYOUT_BAD;

    reader.needed = needed;
    state = read_signature(&reader);
    if (state == PE_LAYOUT_READ)
        state = read_coff(&reader, &layout);
    if (state == PE_LAYOUT_READ)
        state = read_optional(&reader, &layout);
    if (state != PE_LAYOUT_READ)
        return state;
    if (head->file_size > UINT32_MAX)
        return bad(pe_problem_set(problem, PE_FILE_LARGE,
                                  "the file has %" PRIu64 " bytes, a PE %" PRIu32 " at most",
                                  head->file_size, UINT32_MAX));
    if ((layout.table_at != 0 || layout.table_size != 0) &&
        !table_is_sane(&layout, head->file_size, problem))
        return PE_LAYOUT_BAD;
    *out = layout;
    return PE_LAYOUT_READ;
}
