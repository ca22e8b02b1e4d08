/* See archive_names.h. A hash table with open addressing; the hash is keyed with nothing, because
 * the number of entries is limited and each costs a file on disk anyway. */
#include "deploy/archive/archive_names.h"

#include "base/text.h"
#include "verify/entry_name.h"

#include <stdint.h>
#include <string.h>

typedef enum NameKind { NAME_FILE, NAME_FOLDER, NAME_IMPLIED_FOLDER } NameKind;

typedef struct Name {
    char *spelling; /* NULL: free slot */
    char *key;      /* folded */
    NameKind kind;
} Name;

struct ArchiveNames {
    Name *slots;
    size_t capacity; /* a power of two */
    size_t count;
    TextList folders;
};

enum { FIRST_CAPACITY = 256 };

bool archive_names_new(ArchiveNames **out, Error *err)
{
    ArchiveNames *names = calloc(1, sizeof *names);

    if (!names)
        return error_memory(err);
    names->slots = calloc(FIRST_CAPACITY, sizeof *names->slots);
    if (!names->slots) {
        free(names);
        return error_memory(err);
    }
    names->capacity = FIRST_CAPACITY;
    *out = names;
    return true;
}

void archive_names_free(ArchiveNames *names)
{
    if (!names)
        return;
    for (size_t i = 0; i < names->capacity; i++) {
        free(names->slots[i].spelling);
        free(names->slots[i].key);
    }
    free(names->slots);
    text_list_free(&names->folders);
    free(names);
}

static uint64_t hash_of(const char *key) /* FNV-1a */
{
    uint64_t hash = 14695981039346656037ULL;

    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 1099511628211ULL;
    return hash ^ hash >> 32;
}

static Name *slot_of(Name *slots, size_t capacity, const char *key)
{
    size_t at = (size_t)hash_of(key) & (capacity - 1);

    while (slots[at].spelling && strcmp(slots[at].key, key) != 0)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static bool grow(ArchiveNames *names, Error *err)
{
    size_t capacity = names->capacity * 2;
    Name *slots = NULL;

    if (names->count < names->capacity / 2)
        return true;
    slots = calloc(capacity, sizeof *slots);
    if (!slots)
        return error_memory(err);
    for (size_t i = 0; i < names->capacity; i++) {
        if (names->slots[i].spelling)
            *slot_of(slots, capacity, names->slots[i].key) = names->slots[i];
    }
    free(names->slots);
    names->slots = slots;
    names->capacity = capacity;
    return true;
}

static const char *shown(const char *name, char out[ENTRY_PRINTABLE_SIZE])
{
    return entry_name_printable(name, strlen(name), out);
}

static bool collide(const Name *there, const char *name, NameKind kind, Error *err)
{
    char a[ENTRY_PRINTABLE_SIZE], b[ENTRY_PRINTABLE_SIZE];

    if (strcmp(there->spelling, name) != 0)
        return error_set(err, ERR_ARCHIVE, "entries %s and %s are one file on some systems",
                         shown(there->spelling, a), shown(name, b));
    if ((there->kind == NAME_FILE) != (kind == NAME_FILE))
        return error_set(err, ERR_ARCHIVE, "entry %s is used as a file and as a folder",
                         shown(name, a));
    return error_set(err, ERR_ARCHIVE, "entry %s is there twice", shown(name, a));
}

static bool put(ArchiveNames *names, Name *slot, const char *name, NameKind kind, Error *err)
{
    CLEANUP(free) char *spelling = text_copy(name);
    CLEANUP(free) char *key = entry_name_fold(name);

    if (!spelling || !key)
        return error_memory(err);
    if (kind != NAME_FILE && !text_list_add(&names->folders, name, err))
        return false;
    *slot = (Name){.spelling = TAKE(spelling), .key = TAKE(key), .kind = kind};
    names->count++;
    return true;
}

/* A folder may be named by its files before it comes itself, once. */
static bool add(ArchiveNames *names, const char *name, NameKind kind, Error *err)
{
    CLEANUP(free) char *key = entry_name_fold(name);
    Name *slot = NULL;

    if (!key)
        return error_memory(err);
    if (!grow(names, err))
        return false;
    slot = slot_of(names->slots, names->capacity, key);
    if (!slot->spelling)
        return put(names, slot, name, kind, err);
    if (strcmp(slot->spelling, name) != 0 || slot->kind == NAME_FILE || kind == NAME_FILE)
        return collide(slot, name, kind, err);
    if (kind == NAME_IMPLIED_FOLDER)
        return true;
    if (slot->kind == NAME_FOLDER)
        return collide(slot, name, kind, err);
    slot->kind = NAME_FOLDER;
    return true;
}

static bool add_parents(ArchiveNames *names, const char *name, Error *err)
{
    CLEANUP(free) char *parent = text_copy(name);

    if (!parent)
        return error_memory(err);
    for (char *slash = strchr(parent, '/'); slash; slash = strchr(slash + 1, '/')) {
        bool added = false;

        *slash = 0;
        added = add(names, parent, NAME_IMPLIED_FOLDER, err);
        *slash = '/';
        if (!added)
            return false;
    }
    return true;
}

bool archive_names_add_file(ArchiveNames *names, const char *name, Error *err)
{
    return add_parents(names, name, err) && add(names, name, NAME_FILE, err);
}

bool archive_names_add_folder(ArchiveNames *names, const char *name, Error *err)
{
    return add_parents(names, name, err) && add(names, name, NAME_FOLDER, err);
}

bool archive_names_has_file(const ArchiveNames *names, const char *name)
{
    CLEANUP(free) char *key = entry_name_fold(name);
    const Name *slot = key ? slot_of(names->slots, names->capacity, key) : NULL;

    return slot && slot->spelling && slot->kind == NAME_FILE && strcmp(slot->spelling, name) == 0;
}

const char *archive_names_folder(const ArchiveNames *names, size_t index)
{
    return index < names->folders.count ? names->folders.items[index] : NULL;
}
