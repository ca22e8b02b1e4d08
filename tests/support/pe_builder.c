/* See pe_builder.h. */
#include "tests/support/pe_builder.h"

#include <stdlib.h>
#include <string.h>

enum {
    DOS_HEADER_SIZE = 64,
    COFF_SIZE = 24, /* with the "PE\0\0" before it */
    SECTION_HEADER_SIZE = 40,
    OPTIONAL_SIZE_32 = 224,
    OPTIONAL_SIZE_64 = 240,
    DIRECTORIES_32 = 96, /* where they begin in the optional header */
    DIRECTORIES_64 = 112,
    DIRECTORIES = 16,
    FILE_ALIGNMENT = 512,
    SECTION_ALIGNMENT = 4096,
    MACHINE_I386 = 0x014c,
    MACHINE_AMD64 = 0x8664,
    CHARACTERISTICS_EXE = 0x0002,
    CHARACTERISTICS_DLL = 0x2000,
    SECTION_CODE = 0x60000020, /* contains code, may be executed and read */
    ENTRY_HEADER_SIZE = 8
};

static size_t round_up(size_t value, size_t to)
{
    return (value + to - 1) / to * to;
}

static void put(uint8_t *at, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static void resize(PeFile *file, size_t length)
{
    uint8_t *bytes = realloc(file->bytes, length > 0 ? length : 1);

    if (!bytes)
        abort();
    if (length > file->length)
        memset(bytes + file->length, 0, length - file->length);
    file->bytes = bytes;
    file->length = length;
}

uint16_t pe_get16(const PeFile *file, size_t at)
{
    return (uint16_t)(file->bytes[at] | file->bytes[at + 1] << 8);
}

uint32_t pe_get32(const PeFile *file, size_t at)
{
    return pe_get16(file, at) | (uint32_t)pe_get16(file, at + 2) << 16;
}

void pe_put16(PeFile *file, size_t at, uint16_t value)
{
    put(file->bytes + at, value, 2);
}

void pe_put32(PeFile *file, size_t at, uint32_t value)
{
    put(file->bytes + at, value, 4);
}

/* ---- building ---- */

static void write_coff(PeFile *file, const PePlan *plan, size_t optional_size)
{
    uint8_t *coff = file->bytes + file->optional_at - COFF_SIZE;
    const uint16_t machine = plan->plus ? MACHINE_AMD64 : MACHINE_I386;

    memcpy(coff, "PE\0\0", 4);
    put(coff + 4, plan->machine ? plan->machine : machine, 2);
    put(coff + 6, file->sections, 2);
    put(coff + 20, optional_size, 2);
    put(coff + 22, CHARACTERISTICS_EXE | (plan->dll ? CHARACTERISTICS_DLL : 0), 2);
}

static void write_optional(PeFile *file, const PePlan *plan, size_t headers_size)
{
    uint8_t *optional = file->bytes + file->optional_at;
    const size_t size_at = plan->plus ? DIRECTORIES_64 - 4 : DIRECTORIES_32 - 4;

    put(optional, plan->plus ? 0x20b : 0x10b, 2);
    put(optional + 16, SECTION_ALIGNMENT, 4); /* AddressOfEntryPoint: the first section */
    put(optional + 20, SECTION_ALIGNMENT, 4); /* BaseOfCode */
    if (plan->plus)
        put(optional + 24, 0x140000000, 8); /* ImageBase */
    else
        put(optional + 28, 0x400000, 4);
    put(optional + 32, SECTION_ALIGNMENT, 4);
    put(optional + 36, FILE_ALIGNMENT, 4);
    put(optional + 40, 6, 2); /* operating system and subsystem: Windows Vista */
    put(optional + 48, 6, 2);
    put(optional + 56, SECTION_ALIGNMENT * (1 + (uint64_t)file->sections), 4); /* SizeOfImage */
    put(optional + 60, headers_size, 4);
    put(optional + 68, 3, 2); /* a console program */
    put(optional + size_at, DIRECTORIES, 4);
}

static void write_section(PeFile *file, unsigned index, size_t raw_at, size_t raw_size)
{
    uint8_t *header = file->bytes + file->sections_at + (size_t)index * SECTION_HEADER_SIZE;

    memcpy(header, ".text", 5);
    header[5] = (uint8_t)('0' + index);
    put(header + 8, raw_size, 4); /* VirtualSize */
    put(header + 12, SECTION_ALIGNMENT * (1 + (uint64_t)index), 4);
    put(header + 16, raw_size, 4);
    put(header + 20, raw_at, 4);
    put(header + 36, SECTION_CODE, 4);
}

/* Bytes that differ from each other and from those of another seed. */
static void write_content(PeFile *file, size_t from, uint8_t seed)
{
    uint32_t number = 2463534242U + seed;

    for (size_t i = from; i < file->length; i++) {
        number ^= number << 13;
        number ^= number >> 17;
        number ^= number << 5;
        file->bytes[i] = (uint8_t)(number >> 11);
    }
}

PeFile pe_build(const PePlan *plan)
{
    const size_t header_at = plan->header_offset ? plan->header_offset : DOS_HEADER_SIZE;
    const size_t optional_size = plan->plus ? OPTIONAL_SIZE_64 : OPTIONAL_SIZE_32;
    const size_t section_size = plan->section_size ? plan->section_size : FILE_ALIGNMENT;
    const size_t raw_size = round_up(section_size, FILE_ALIGNMENT);
    const unsigned sections = plan->sections ? plan->sections : 1;
    PeFile file = {.optional_at = header_at + COFF_SIZE, .sections = sections};
    size_t headers_size;

    if (sections > PE_BUILD_SECTIONS_MOST)
        abort();
    file.checksum_at = file.optional_at + 64;
    file.directory_at =
        file.optional_at + (plan->plus ? DIRECTORIES_64 : DIRECTORIES_32) + (size_t)4 * 8;
    file.sections_at = file.optional_at + optional_size;
    headers_size =
        round_up(file.sections_at + (size_t)sections * SECTION_HEADER_SIZE, FILE_ALIGNMENT);
    resize(&file, headers_size + sections * raw_size + plan->overlay);
    write_content(&file, headers_size, plan->seed);
    memcpy(file.bytes, "MZ", 2);
    put(file.bytes + 60, header_at, 4);
    write_coff(&file, plan, optional_size);
    write_optional(&file, plan, headers_size);
    for (unsigned i = 0; i < sections; i++)
        write_section(&file, i, headers_size + i * raw_size, raw_size);
    return file;
}

void pe_file_free(PeFile *file)
{
    free(file->bytes);
    *file = (PeFile){0};
}

PeFile pe_file_copy(const PeFile *file)
{
    PeFile copy = *file;

    copy.bytes = NULL;
    copy.length = 0;
    resize(&copy, file->length);
    memcpy(copy.bytes, file->bytes, file->length);
    return copy;
}

/* ---- the certificate table ---- */

void pe_append(PeFile *file, const void *bytes, size_t length)
{
    const size_t at = file->length;

    resize(file, at + length);
    if (length > 0)
        memcpy(file->bytes + at, bytes, length);
}

void pe_fill(PeFile *file)
{
    resize(file, round_up(file->length, 8));
}

void pe_drop_table(PeFile *file)
{
    if (file->table_at == 0)
        return;
    resize(file, file->table_at);
    file->table_at = 0;
    put(file->bytes + file->directory_at, 0, 8);
}

void pe_attach_table(PeFile *file, const void *table, size_t length)
{
    pe_drop_table(file);
    pe_fill(file);
    file->table_at = file->length;
    pe_put32(file, file->directory_at, (uint32_t)file->table_at);
    pe_put32(file, file->directory_at + 4, (uint32_t)length);
    pe_append(file, table, length);
}

size_t pe_entry_size(size_t length)
{
    return round_up(ENTRY_HEADER_SIZE + length, 8);
}

void pe_entry_write(const PeEntry *entry, const void *content, size_t length, uint8_t *out)
{
    memset(out, 0, pe_entry_size(length));
    put(out, entry->length ? entry->length : ENTRY_HEADER_SIZE + length, 4);
    put(out + 4, entry->revision, 2);
    put(out + 6, entry->type, 2);
    if (length > 0)
        memcpy(out + ENTRY_HEADER_SIZE, content, length);
}

void pe_attach_signature(PeFile *file, const void *der, size_t length)
{
    const PeEntry entry = {(uint32_t)pe_entry_size(length), PE_REVISION_2, PE_TYPE_PKCS7};
    uint8_t *table = malloc(pe_entry_size(length));

    if (!table)
        abort();
    pe_entry_write(&entry, der, length, table);
    pe_attach_table(file, table, pe_entry_size(length));
    free(table);
}

/* ---- what is computed over the file ---- */

void pe_set_checksum(PeFile *file)
{
    uint32_t sum = 0;

    pe_put32(file, file->checksum_at, 0);
    for (size_t i = 0; i < file->length; i++) {
        sum += i % 2 ? (uint32_t)file->bytes[i] << 8 : file->bytes[i];
        sum = (sum & 0xffff) + (sum >> 16);
    }
    pe_put32(file, file->checksum_at, sum + (uint32_t)file->length);
}

void pe_covered(const PeFile *file, PeSpan out[PE_COVERED_SPANS])
{
    const size_t end = file->table_at ? file->table_at : file->length;
    const size_t holes[] = {file->checksum_at, file->checksum_at + 4, file->directory_at,
                            file->directory_at + 8};

    out[0] = (PeSpan){file->bytes, holes[0]};
    out[1] = (PeSpan){file->bytes + holes[1], holes[2] - holes[1]};
    out[2] = (PeSpan){file->bytes + holes[3], end - holes[3]};
}
