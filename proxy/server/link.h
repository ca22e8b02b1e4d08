/* link: membership in a list, embedded in its member: no allocation, removal in one step. */
#ifndef GODEPLOY_PROXY_SERVER_LINK_H
#define GODEPLOY_PROXY_SERVER_LINK_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Link {
    struct Link *previous;
    struct Link *next;
} Link;

/* A list head, and a member of no list, point at themselves. */
static inline void link_init(Link *link)
{
    link->previous = link;
    link->next = link;
}

static inline bool link_alone(const Link *link)
{
    return link->next == link;
}

static inline void link_add_last(Link *list, Link *member)
{
    member->previous = list->previous;
    member->next = list;
    list->previous->next = member;
    list->previous = member;
}

/* Harmless for a member of no list. */
static inline void link_remove(Link *member)
{
    member->previous->next = member->next;
    member->next->previous = member->previous;
    link_init(member);
}

/* The struct that `link` is the `member` of. */
#define LINK_OWNER(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* The body may remove `position` itself, and nothing else. */
/* NOLINTBEGIN(bugprone-macro-parentheses): it declares a name */
#define LINK_EACH(position, list)                                                                  \
    for (Link *position = (list)->next, *after_##position = (position)->next;                      \
         (position) != (list); (position) = after_##position, after_##position = (position)->next)
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
