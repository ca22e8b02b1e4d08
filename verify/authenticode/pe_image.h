/* pe_image: a Windows program as bytes: its layout, its digest, and the one signature entry in it.
 *
 * Fed front to back, in pieces of any size, so that a file, an archive entry and a test read alike.
 * All arithmetic is 64-bit, all memory bounded: headers below 3 MiB, and the certificate table.
 * What is refused, and with which code, is in pe_problem.h. Source: Microsoft, "PE Format"
 * (https://learn.microsoft.com/en-us/windows/win32/debug/pe-format); "Windows Authenticode Portable
 * Executable Signature Format", 2008. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_PE_IMAGE_H
#define GODEPLOY_VERIFY_AUTHENTICODE_PE_IMAGE_H

#include "base/cleanup.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Digests that an image can be asked for, as a set. */
typedef enum ImageHash {
    IMAGE_HASH_MD5 = 1 << 0, /* only to tell a broken signature from one that is merely too weak */
    IMAGE_HASH_SHA1 = 1 << 1,
    IMAGE_HASH_SHA256 = 1 << 2,
    IMAGE_HASH_SHA384 = 1 << 3,
    IMAGE_HASH_SHA512 = 1 << 4
} ImageHash;

enum { IMAGE_HASH_COUNT = 5, IMAGE_HASH_SIZE_MOST = 64, PE_SIGNATURE_MOST = 8 * 1024 * 1024 };

typedef enum PeKind {
    PE_NOT,      /* no Windows program: text, ELF, MZ without PE ... */
    PE_UNSIGNED, /* one without a certificate table */
    PE_SIGNED,   /* `signature` holds its one entry */
    PE_REFUSED   /* a program whose layout or table cannot be believed */
} PeKind;

typedef struct ImageDigest {
    uint8_t bytes[IMAGE_HASH_SIZE_MOST];
    size_t size; /* 0: was not asked for */
} ImageDigest;

typedef struct PeImage {
    PeKind kind;
    const char *code;      /* static: "ok", "unsigned", or why it is refused or no program */
    char reason[200];      /* half a sentence with both values; "" for "ok" */
    bool dll;              /* a library: IMAGE_FILE_DLL */
    bool checksum_differs; /* the header has one, and it is not the file's: harmless, noted */
    uint64_t size_bytes;
    ImageDigest digests[IMAGE_HASH_COUNT]; /* by bit number of ImageHash */
    /* SHA-256 of the page-hash table ({uint32 offset, hash} a page) that this content would have,
     * with pages hashed by SHA-1, and by SHA-256; only where page hashes were asked for and the
     * program is signed. See page_hashes.h. */
    ImageDigest page_table_sha1, page_table_sha256;
    uint8_t *signature; /* one DER value and nothing behind it; owned; NULL unless PE_SIGNED */
    size_t signature_length;
} PeImage;

void pe_image_free(PeImage *image); /* its parts, not the struct */
#define CLEANUP_PE_IMAGE __attribute__((cleanup(pe_image_free)))

typedef struct PeScan PeScan;

typedef struct PeScanOptions {
    unsigned hashes; /* set of ImageHash */
    bool page_sha1;  /* hash page by page too */
    bool page_sha256;
    uint64_t size_bytes; /* of the whole file, known before it is read */
} PeScanOptions;

bool pe_scan_new(const PeScanOptions *options, PeScan **out, Error *err);
/* More than size_bytes, or fewer at the end, is a refusal in the image, not an error. */
bool pe_scan_update(PeScan *scan, const void *bytes, size_t length, Error *err);
/* Whatever follows cannot change the answer any more: it is no Windows program, or refused. Then it
 * need not be read to its end before pe_scan_finish(). */
bool pe_scan_is_pointless(const PeScan *scan);
/* Once; afterwards only pe_scan_free() is allowed. */
bool pe_scan_finish(PeScan *scan, PeImage *out, Error *err);
void pe_scan_free(PeScan *scan);
DEFINE_CLEANUP(PeScan *, pe_scan_free)

#endif
