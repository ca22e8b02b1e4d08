/* See zip_layout.h. */
#include "deploy/archive/zip_layout.h"

#include "deploy/archive/zip_bytes.h"
#include "deploy/archive/zip_end.h"
#include "verify/entry_name.h"

#include <stdlib.h>
#include <string.h>

enum {
    DIRECTORY_SIZE = 46, /* one record of the central directory, without name, extra and comment */
    LOCAL_SIZE = 30,     /* local header, without name and extra */
    DESCRIPTOR_SIZE = 12 /* data descriptor without its optional signature */
};

static const uint32_t directory_signature = 0x02014b50;
static const uint32_t local_signature = 0x04034b50;
static const uint32_t descriptor_signature = 0x08074b50;

/* General purpose flags; with SIZES_BEHIND a data descriptor follows the content. */
enum { FLAG_ENCRYPTED = 1, FLAG_DEFLATE_LEVEL = 6, FLAG_SIZES_BEHIND = 8 };
enum { FLAG_STRONG_ENCRYPTION = 1 << 6, FLAG_UTF8 = 1 << 11, FLAG_MASKED = 1 << 13 };

enum { METHOD_STORED = 0, METHOD_DEFLATE = 8 };
enum { EXTRA_ZIP64 = 0x0001, EXTRA_UNICODE_PATH = 0x7075, EXTRA_AES = 0x9901 };
enum { MADE_ON_UNIX = 3, MADE_ON_MACOS = 19 };
enum { KIND_MASK = 0170000, KIND_FILE = 0100000, KIND_FOLDER = 0040000, KIND_LINK = 0120000 };

static bool refuse_entry(Error *err, const char *name, const char *rule)
{
    char shown[ENTRY_PRINTABLE_SIZE];

    return error_set(err, ERR_ARCHIVE, "zip entry %s %s",
                     entry_name_printable(name, strlen(name), shown), rule);
}

static bool refuse_name(Error *err, const char *name, const char *rule)
{
    (void)refuse_entry(err, name, rule);
    return error_hint(err, "Pack the release with `godeploy pack`, or as a tar.");
}

/* Extra fields that change what an entry is called or how it is read are refused. */
static bool check_extra(const ZipEntry *entry, const uint8_t *extra, size_t size, Error *err)
{
    while (size > 0) {
        size_t length = size >= 4 ? zip_get16(extra + 2) : 0;

        if (size < 4 || length > size - 4)
            return refuse_entry(err, entry->name, "has a broken extra field");
        if (zip_get16(extra) == EXTRA_ZIP64)
            return zip_refuse_zip64(err);
        if (zip_get16(extra) == EXTRA_UNICODE_PATH)
            return refuse_name(err, entry->name, "has a second name in an extra field");
        if (zip_get16(extra) == EXTRA_AES)
            return refuse_entry(err, entry->name, "is encrypted");
        extra += 4 + length;
        size -= 4 + length;
    }
    return true;
}

static bool is_ascii(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text >= 0x80)
            return false;
    }
    return true;
}

static bool check_flags(const ZipEntry *entry, Error *err)
{
    const unsigned encrypted = FLAG_ENCRYPTED | FLAG_STRONG_ENCRYPTION | FLAG_MASKED;
    const unsigned known = FLAG_DEFLATE_LEVEL | FLAG_SIZES_BEHIND | FLAG_UTF8;

    if (entry->flags & encrypted)
        return refuse_entry(err, entry->name, "is encrypted");
    if (entry->flags & ~known)
        return refuse_entry(err, entry->name, "has flags of an unknown meaning");
    if (entry->method != METHOD_STORED && entry->method != METHOD_DEFLATE)
        return refuse_entry(err, entry->name, "is compressed by a method other than deflate");
    if (entry->method == METHOD_STORED && entry->packed_bytes != entry->bytes)
        return refuse_entry(err, entry->name, "is stored, but states two sizes");
    if (!(entry->flags & FLAG_UTF8) && !is_ascii(entry->name))
        return refuse_name(err, entry->name, "has a name that is not marked as UTF-8");
    return true;
}

/* Made on Unix or macOS, an entry states its kind, which must be that of its name. */
static bool check_kind(const char *name, uint8_t made_on, uint32_t attributes, Error *err)
{
    unsigned kind = attributes >> 16 & KIND_MASK;
    bool is_folder = name[strlen(name) - 1] == '/';

    if ((made_on != MADE_ON_UNIX && made_on != MADE_ON_MACOS) || kind == 0)
        return true;
    if (kind == KIND_LINK)
        return refuse_entry(err, name, "is a symbolic link");
    if (kind != KIND_FILE && kind != KIND_FOLDER)
        return refuse_entry(err, name, "is a device, a pipe or a socket");
    return (kind == KIND_FOLDER) == is_folder ||
           refuse_entry(err, name,
                        "is a file by its name and a folder by its mode, or the reverse");
}

static bool take_name(const uint8_t *bytes, size_t length, char *out, Error *err)
{
    if (length == 0)
        return zip_refuse(err, "an entry has no name");
    if (memchr(bytes, 0, length))
        return zip_refuse(err, "the name of an entry has a NUL character in it");
    memcpy(out, bytes, length);
    out[length] = 0;
    return true;
}

/* What of the directory is still to be parsed, and where the next name is kept. */
typedef struct Records {
    const uint8_t *next;
    size_t rest;
    char *name;
} Records;

static bool record_size(const Records *records, size_t *out, Error *err)
{
    const uint8_t *record = records->next;

    if (records->rest < DIRECTORY_SIZE || zip_get32(record) != directory_signature)
        return zip_refuse(err, "its central directory is broken");
    *out = (size_t)DIRECTORY_SIZE + zip_get16(record + 28) + zip_get16(record + 30) +
           zip_get16(record + 32);
    return *out <= records->rest || zip_refuse(err, "its central directory is broken");
}

static bool check_entry(const ZipEntry *entry, const uint8_t *record, Error *err)
{
    if (entry->offset == ZIP_IN_ZIP64 || entry->packed_bytes == ZIP_IN_ZIP64 ||
        entry->bytes == ZIP_IN_ZIP64)
        return zip_refuse_zip64(err);
    if (zip_get16(record + 34) != 0)
        return refuse_entry(err, entry->name, "is on another disk");
    return check_flags(entry, err) &&
           check_kind(entry->name, record[5], zip_get32(record + 38), err) &&
           check_extra(entry, record + DIRECTORY_SIZE + zip_get16(record + 28),
                       zip_get16(record + 30), err);
}

static bool next_record(Records *records, ZipEntry *entry, Error *err)
{
    const uint8_t *record = records->next;
    size_t size = 0;

    if (!record_size(records, &size, err) ||
        !take_name(record + DIRECTORY_SIZE, zip_get16(record + 28), records->name, err))
        return false;
    *entry = (ZipEntry){.name = records->name,
                        .offset = zip_get32(record + 42),
                        .packed_bytes = zip_get32(record + 20),
                        .bytes = zip_get32(record + 24),
                        .crc32 = zip_get32(record + 16),
                        .flags = zip_get16(record + 8),
                        .method = zip_get16(record + 10)};
    records->next += size;
    records->rest -= size;
    records->name += strlen(records->name) + 1;
    return check_entry(entry, record, err);
}

static bool parse_directory(const uint8_t *bytes, const ZipEnd *directory, ZipLayout *layout,
                            Error *err)
{
    Records records = {.next = bytes, .rest = (size_t)directory->size, .name = layout->names};

    for (; layout->count < directory->count; layout->count++) {
        if (!next_record(&records, &layout->entries[layout->count], err))
            return false;
    }
    return records.rest == 0 || zip_refuse(err, "its central directory has more than it states");
}

static int by_offset(const void *left, const void *right)
{
    const ZipEntry *a = left, *b = right;

    return (a->offset > b->offset) - (a->offset < b->offset);
}

static bool read_directory(File *file, const ZipEnd *directory, ZipLayout *layout, Error *err)
{
    CLEANUP(free) uint8_t *bytes = malloc((size_t)directory->size + 1);

    layout->entries = calloc((size_t)directory->count + 1, sizeof *layout->entries);
    /* A record is longer than its name and a NUL. */
    layout->names = malloc((size_t)directory->size + 1);
    if (!bytes || !layout->entries || !layout->names)
        return error_memory(err);
    if (!zip_read_at(file, directory->offset, bytes, (size_t)directory->size, err) ||
        !parse_directory(bytes, directory, layout, err))
        return false;
    qsort(layout->entries, layout->count, sizeof *layout->entries, by_offset);
    return true;
}

/* Where sizes stand behind the content, the fields in front hold 0 or the same numbers. */
static bool local_number_agrees(const ZipEntry *entry, uint32_t local, uint64_t promised)
{
    return local == promised || (local == 0 && (entry->flags & FLAG_SIZES_BEHIND));
}

static bool check_local_fields(const ZipEntry *entry, const uint8_t *local, Error *err)
{
    if (zip_get32(local) != local_signature)
        return refuse_entry(err, entry->name, "does not begin where the directory says");
    if (zip_get16(local + 6) != entry->flags)
        return refuse_entry(err, entry->name, "has flags that differ from the directory's");
    if (zip_get16(local + 8) != entry->method)
        return refuse_entry(err, entry->name, "has a method that differs from the directory's");
    if (!local_number_agrees(entry, zip_get32(local + 14), entry->crc32) ||
        !local_number_agrees(entry, zip_get32(local + 18), entry->packed_bytes) ||
        !local_number_agrees(entry, zip_get32(local + 22), entry->bytes))
        return refuse_entry(err, entry->name,
                            "has a size or checksum that differs from the directory's");
    if (zip_get16(local + 26) != strlen(entry->name))
        return refuse_entry(err, entry->name, "has a name that differs from the directory's");
    return true;
}

/* *end gets the offset behind the content. */
static bool check_local(File *file, const ZipEntry *entry, uint64_t *end, Error *err)
{
    uint8_t local[LOCAL_SIZE];
    CLEANUP(free) uint8_t *rest = NULL;
    size_t name_length = strlen(entry->name), extra_length = 0;

    if (!zip_read_at(file, entry->offset, local, sizeof local, err) ||
        !check_local_fields(entry, local, err))
        return false;
    extra_length = zip_get16(local + 28);
    rest = malloc(name_length + extra_length + 1);
    if (!rest)
        return error_memory(err);
    if (!zip_read_at(file, entry->offset + LOCAL_SIZE, rest, name_length + extra_length, err))
        return false;
    if (memcmp(rest, entry->name, name_length) != 0)
        return refuse_entry(err, entry->name, "has a name that differs from the directory's");
    *end = entry->offset + LOCAL_SIZE + name_length + extra_length + entry->packed_bytes;
    return check_extra(entry, rest + name_length, extra_length, err);
}

static bool descriptor_agrees(const ZipEntry *entry, const uint8_t *descriptor)
{
    return zip_get32(descriptor) == entry->crc32 &&
           zip_get32(descriptor + 4) == entry->packed_bytes &&
           zip_get32(descriptor + 8) == entry->bytes;
}

/* What stands between the content's end and the next entry: nothing, or the data descriptor, with
 * or without its signature. */
static bool check_between(File *file, const ZipEntry *entry, uint64_t end, uint64_t next,
                          Error *err)
{
    uint8_t bytes[4 + DESCRIPTOR_SIZE];
    uint64_t size = next - end;
    bool is_signed = size == sizeof bytes;

    if (end > next)
        return refuse_entry(err, entry->name, "reaches into what follows it");
    if (!(entry->flags & FLAG_SIZES_BEHIND))
        return size == 0 || refuse_entry(err, entry->name, "is followed by bytes of no entry");
    if (size != DESCRIPTOR_SIZE && !is_signed)
        return refuse_entry(err, entry->name, "is followed by bytes of no entry");
    if (!zip_read_at(file, end, bytes, (size_t)size, err))
        return false;
    if ((is_signed && zip_get32(bytes) != descriptor_signature) ||
        !descriptor_agrees(entry, is_signed ? bytes + 4 : bytes))
        return refuse_entry(err, entry->name, "has a data descriptor that differs");
    return true;
}

static bool check_coverage(File *file, const ZipEnd *directory, const ZipLayout *layout, Error *err)
{
    uint64_t first = layout->count > 0 ? layout->entries[0].offset : directory->offset;

    if (first != 0)
        return zip_refuse(err, "bytes stand before its first entry");
    for (size_t i = 0; i < layout->count; i++) {
        const ZipEntry *entry = &layout->entries[i];
        uint64_t next = i + 1 < layout->count ? entry[1].offset : directory->offset;
        uint64_t end = 0;

        if (!check_local(file, entry, &end, err) || !check_between(file, entry, end, next, err))
            return false;
    }
    return true;
}

bool zip_layout_read(File *file, uint64_t max_entries, ZipLayout *out, Error *err)
{
    ZipLayout layout = {0};
    ZipEnd directory = {0};

    if (!zip_end_read(file, &directory, err))
        return false;
    if (directory.count > max_entries)
        return error_set(err, ERR_ARCHIVE, "the zip has %llu entries, more than the %llu allowed",
                         (unsigned long long)directory.count, (unsigned long long)max_entries);
    if (!read_directory(file, &directory, &layout, err) ||
        !check_coverage(file, &directory, &layout, err)) {
        zip_layout_free(&layout);
        return false;
    }
    *out = layout;
    return true;
}

void zip_layout_free(ZipLayout *layout)
{
    free(layout->entries);
    free(layout->names);
    *layout = (ZipLayout){0};
}
