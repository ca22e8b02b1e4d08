/* pe_builder: small Windows programs made in memory, sane or wrong in one way.
 *
 * Independent of verify/: it lays out what the Microsoft PE format page says, and what it calls
 * covered is what the Authenticode specification hashes, so that a test compares two readings.
 * Source: https://learn.microsoft.com/en-us/windows/win32/debug/pe-format. Out of memory aborts. */
#ifndef GODEPLOY_TESTS_SUPPORT_PE_BUILDER_H
#define GODEPLOY_TESTS_SUPPORT_PE_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PE_BUILD_SECTIONS_MOST = 8,
    PE_REVISION_2 = 0x0200, /* WIN_CERT_REVISION_2_0 */
    PE_TYPE_PKCS7 = 2       /* WIN_CERT_TYPE_PKCS_SIGNED_DATA */
};

/* What to build; all zeros is a PE32 program for i386 with one section of 512 bytes. */
typedef struct PePlan {
    bool plus;              /* PE32+ for x86-64 */
    bool dll;               /* IMAGE_FILE_DLL */
    uint16_t machine;       /* 0: i386 or x86-64, as `plus` says */
    uint32_t header_offset; /* e_lfanew; 0: 64, behind a DOS header without a stub */
    unsigned sections;      /* 0: one; PE_BUILD_SECTIONS_MOST at most */
    uint32_t section_size;  /* bytes of each in the file; 0: 512. Padded to the next 512 */
    uint32_t overlay;       /* bytes behind the last section */
    uint8_t seed;           /* the content of sections and overlay depends on it */
} PePlan;

/* A built program, and where in it the fields are that a test turns. */
typedef struct PeFile {
    uint8_t *bytes; /* owned */
    size_t length;
    size_t optional_at;  /* of the optional header; what stands before is the COFF header */
    size_t checksum_at;  /* 4 bytes */
    size_t directory_at; /* entry 4 of the data directories: uint32 offset, uint32 size */
    size_t sections_at;  /* of the section table: 40 bytes each */
    unsigned sections;
    size_t table_at; /* of the certificate table; 0: there is none */
} PeFile;

PeFile pe_build(const PePlan *plan);
void pe_file_free(PeFile *file); /* its parts, not the struct */
#define CLEANUP_PE_FILE __attribute__((cleanup(pe_file_free)))

/* A file of its own with the same bytes. */
PeFile pe_file_copy(const PeFile *file);

/* Little endian, as all of PE. */
uint16_t pe_get16(const PeFile *file, size_t at);
uint32_t pe_get32(const PeFile *file, size_t at);
void pe_put16(PeFile *file, size_t at, uint16_t value);
void pe_put32(PeFile *file, size_t at, uint32_t value);

/* Adds bytes at the end, and changes nothing else. */
void pe_append(PeFile *file, const void *bytes, size_t length);

/* Takes the certificate table off again and clears its directory entry. The zeros that filled the
 * file up to it stay, for they are part of the signed image. */
void pe_drop_table(PeFile *file);

/* Fills the file up to a multiple of 8 with zeros, appends `table` as it is, and points the
 * directory entry at it. A table that is there is dropped first. */
void pe_attach_table(PeFile *file, const void *table, size_t length);

/* As pe_attach_table(), with one entry of revision 2.0 and type PKCS#7 around `der`; its length is
 * rounded up to 8 and filled with zeros, as signtool does. */
void pe_attach_signature(PeFile *file, const void *der, size_t length);

/* One entry of a certificate table; `out` has room for pe_entry_size(length). Fills with zeros. */
typedef struct PeEntry {
    uint32_t length; /* as the entry says it; 0: header and content, not rounded up */
    uint16_t revision;
    uint16_t type;
} PeEntry;
size_t pe_entry_size(size_t length); /* header, content, filled up to 8 */
void pe_entry_write(const PeEntry *entry, const void *content, size_t length, uint8_t *out);

/* Puts the right checksum into the header (ImageHlp's CheckSumMappedFile). */
void pe_set_checksum(PeFile *file);

/* The parts of the file that the image digest covers, in order: all but the checksum, the directory
 * entry and the table. The file must already be filled up to 8, as pe_fill() does. */
enum { PE_COVERED_SPANS = 3 };
typedef struct PeSpan {
    const uint8_t *at;
    size_t length;
} PeSpan;
void pe_covered(const PeFile *file, PeSpan out[PE_COVERED_SPANS]);

/* Zeros up to a multiple of 8: what a signer does before it hashes. */
void pe_fill(PeFile *file);

#endif
