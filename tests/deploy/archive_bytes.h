/* archive_bytes: archives made byte by byte, so that a test can make wrong ones that no packer
 * writes.
 *
 * tar: POSIX ustar headers. gzip: stored deflate blocks (RFC 1951, 3.2.4). zstd: raw and RLE blocks
 * (RFC 8878, 3.1.1.2). zip: stored entries (APPNOTE 4.3). */
#ifndef GODEPLOY_TESTS_ARCHIVE_BYTES_H
#define GODEPLOY_TESTS_ARCHIVE_BYTES_H

#include "base/text.h"
#include "deploy/archive/archive_crc.h"

#include <string.h>

enum { TAR_BLOCK = 512, BLOCK_MOST = 65535 };

static inline void put_number(Text *out, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        char byte = (char)(number >> (8 * i) & 0xff);

        text_append_bytes(out, &byte, 1);
    }
}

static inline void put_zeros(Text *out, size_t count)
{
    static const char zeros[TAR_BLOCK];

    for (; count > sizeof zeros; count -= sizeof zeros)
        text_append_bytes(out, zeros, sizeof zeros);
    text_append_bytes(out, zeros, count);
}

static inline uint32_t crc_of(const char *bytes, size_t length)
{
    ArchiveCrc crc;

    archive_crc_begin(&crc);
    archive_crc_add(&crc, (const uint8_t *)bytes, length);
    return crc.value;
}

typedef struct TarMember {
    const char *name;
    char type;           /* '0' file, '5' folder, '2' symbolic link, ... ; 0 means '0' */
    const char *content; /* NULL: none */
    const char *link;
    unsigned mode;         /* 0 means 0644 */
    const char *size_text; /* octal; NULL: the true one */
} TarMember;

static inline void set_field(char *field, size_t size, const char *value)
{
    memcpy(field, value, strnlen(value, size));
}

static inline void set_octal(char *field, size_t digits, uint64_t number)
{
    for (size_t i = digits; i-- > 0; number /= 8)
        field[i] = (char)('0' + number % 8);
}

static inline void tar_put(Text *tar, const TarMember *member)
{
    char header[TAR_BLOCK] = {0};
    size_t length = member->content ? strlen(member->content) : 0;
    unsigned sum = 0;

    set_field(header, 100, member->name);
    set_octal(header + 100, 7, member->mode ? member->mode : 0644);
    set_octal(header + 108, 7, 0);
    set_octal(header + 116, 7, 0);
    set_octal(header + 124, 11, length);
    if (member->size_text)
        set_field(header + 124, 11, member->size_text);
    set_octal(header + 136, 11, 0);
    memset(header + 148, ' ', 8);
    header[156] = member->type ? member->type : '0';
    if (member->link)
        set_field(header + 157, 100, member->link);
    memcpy(header + 257,
           "ustar\0"
           "00",
           8);
    for (size_t i = 0; i < sizeof header; i++)
        sum += (unsigned char)header[i];
    set_octal(header + 148, 6, sum);
    header[154] = 0;
    text_append_bytes(tar, header, sizeof header);
    if (length > 0)
        text_append_bytes(tar, member->content, length);
    put_zeros(tar, (TAR_BLOCK - length % TAR_BLOCK) % TAR_BLOCK);
}

static inline void tar_end(Text *tar)
{
    put_zeros(tar, 2 * TAR_BLOCK);
}

static inline void gzip_put(Text *out, const char *bytes, size_t length)
{
    static const char header[] = {0x1f, (char)0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    uint32_t crc = crc_of(bytes, length);
    size_t at = 0;

    text_append_bytes(out, header, sizeof header);
    do {
        size_t block = length - at < BLOCK_MOST ? length - at : BLOCK_MOST;

        put_number(out, at + block == length, 1); /* the last one? */
        put_number(out, block, 2);
        put_number(out, ~block, 2);
        if (block > 0)
            text_append_bytes(out, bytes + at, block);
        at += block;
    } while (at < length);
    put_number(out, crc, 4);
    put_number(out, length, 4);
}

static inline void zstd_begin(Text *out, size_t length)
{
    put_number(out, 0xfd2fb528, 4);
    put_number(out, 0xa0, 1); /* one segment, content size in 4 bytes */
    put_number(out, length, 4);
}

static inline void zstd_put(Text *out, const char *bytes, size_t length)
{
    size_t at = 0;

    zstd_begin(out, length);
    do {
        size_t block = length - at < BLOCK_MOST ? length - at : BLOCK_MOST;

        put_number(out, (uint64_t)(at + block == length) | block << 3, 3);
        if (block > 0)
            text_append_bytes(out, bytes + at, block);
        at += block;
    } while (at < length);
}

/* A frame of `length` zeros in a few bytes. */
static inline void zstd_put_zeros(Text *out, size_t length)
{
    zstd_begin(out, length);
    while (length > 0) {
        size_t block = length < BLOCK_MOST ? length : BLOCK_MOST;

        length -= block;
        put_number(out, (uint64_t)(length == 0) | 1U << 1 | block << 3, 3);
        put_number(out, 0, 1);
    }
}

typedef struct ZipMember {
    const char *name;
    const char *content; /* NULL: none */
    unsigned mode;       /* with the kind of file; 0 means 0100644 */
    unsigned flags;
    const char *extra; /* of the directory's record; NULL: none */
    size_t extra_length;
    bool unlisted; /* in the file, but not in the directory */
    bool sizes_behind;
} ZipMember;

static inline void zip_put_common(Text *out, const ZipMember *member, bool hide_sizes)
{
    size_t length = member->content ? strlen(member->content) : 0;
    uint32_t crc = crc_of(member->content ? member->content : "", length);

    put_number(out, member->flags | (member->sizes_behind ? 8U : 0U), 2);
    put_number(out, 0, 2); /* stored */
    put_number(out, 0x00210000, 4);
    put_number(out, hide_sizes ? 0 : crc, 4);
    put_number(out, hide_sizes ? 0 : length, 4);
    put_number(out, hide_sizes ? 0 : length, 4);
    put_number(out, strlen(member->name), 2);
}

static inline void zip_put_local(Text *zip, const ZipMember *member)
{
    size_t length = member->content ? strlen(member->content) : 0;

    put_number(zip, 0x04034b50, 4);
    put_number(zip, 20, 2);
    zip_put_common(zip, member, member->sizes_behind);
    put_number(zip, 0, 2);
    text_append(zip, member->name);
    if (length > 0)
        text_append_bytes(zip, member->content, length);
    if (!member->sizes_behind)
        return;
    put_number(zip, 0x08074b50, 4);
    put_number(zip, crc_of(member->content ? member->content : "", length), 4);
    put_number(zip, length, 4);
    put_number(zip, length, 4);
}

static inline void zip_put_record(Text *directory, const ZipMember *member, size_t offset)
{
    put_number(directory, 0x02014b50, 4);
    put_number(directory, 0x0314, 2); /* made on Unix */
    put_number(directory, 20, 2);
    zip_put_common(directory, member, false);
    put_number(directory, member->extra_length, 2);
    put_number(directory, 0, 2 + 2 + 2); /* comment, disk, internal attributes */
    put_number(directory, (uint64_t)(member->mode ? member->mode : 0100644U) << 16, 4);
    put_number(directory, offset, 4);
    text_append(directory, member->name);
    if (member->extra_length > 0)
        text_append_bytes(directory, member->extra, member->extra_length);
}

static inline void zip_put_end(Text *zip, size_t count, size_t directory_size, size_t offset)
{
    put_number(zip, 0x06054b50, 4);
    put_number(zip, 0, 4);
    put_number(zip, count, 2);
    put_number(zip, count, 2);
    put_number(zip, directory_size, 4);
    put_number(zip, offset, 4);
    put_number(zip, 0, 2);
}

static inline void zip_put(Text *zip, const ZipMember *members, size_t count)
{
    Text directory = {0};
    size_t offset = 0, listed = 0;

    for (size_t i = 0; i < count; i++) {
        size_t at = zip->length;

        zip_put_local(zip, &members[i]);
        if (members[i].unlisted)
            continue;
        zip_put_record(&directory, &members[i], at);
        listed++;
    }
    offset = zip->length;
    if (directory.length > 0)
        text_append_bytes(zip, directory.bytes, directory.length);
    zip_put_end(zip, listed, directory.length, offset);
    text_free(&directory);
}

#endif
