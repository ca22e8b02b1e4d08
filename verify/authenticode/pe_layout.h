/* pe_layout: what the headers of a Windows program say about where things are in the file.
 *
 * Nothing is believed: a field is used only once it is known to lie in the file and not to
 * contradict the others. Source: Microsoft, "PE Format"
 * (https://learn.microsoft.com/en-us/windows/win32/debug/pe-format). */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_PE_LAYOUT_H
#define GODEPLOY_VERIFY_AUTHENTICODE_PE_LAYOUT_H

#include "verify/authenticode/pe_problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* The COFF header must end by here, wherever the DOS header says that it begins. The optional
     * header and the section table behind it have sizes of 16 bits, so that all is bounded. */
    PE_HEADER_MOST = 64 * 1024,
    PE_CHECKSUM_SIZE = 4,
    PE_DIRECTORY_SIZE = 8
};

typedef struct PeSection {
    uint32_t raw_at; /* bytes in the file; a size of 0 takes no room, wherever it is said to be */
    uint32_t raw_size;
} PeSection;

typedef struct PeLayout {
    bool dll;
    size_t checksum_at;
    size_t directory_at; /* entry 4, the certificate table's; 0: there are fewer entries */
    size_t headers_end;  /* behind the section table */
    uint32_t checksum;
    uint32_t section_alignment;
    uint32_t size_of_headers;
    uint32_t table_at; /* both 0: no certificate table */
    uint32_t table_size;
    const uint8_t *sections; /* borrowed from the bytes that were read */
    size_t section_count;
} PeLayout;

typedef enum PeLayoutState { PE_LAYOUT_MORE, PE_LAYOUT_READ, PE_LAYOUT_BAD } PeLayoutState;

/* `bytes` are the first of a file of `file_size`. PE_LAYOUT_MORE: *needed of them must be there
 * before the next look, which is never more than the file has. */
typedef struct PeHead {
    const uint8_t *bytes;
    size_t length;
    uint64_t file_size;
} PeHead;
PeLayoutState pe_layout_read(const PeHead *head, PeLayout *out, size_t *needed, PeProblem *problem);

PeSection pe_layout_section(const PeLayout *layout, size_t index);

#endif
