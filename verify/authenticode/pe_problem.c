/* See pe_problem.h. */
#include "verify/authenticode/pe_problem.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    PeKind kind;
    const char *code;
} problems[] = {
#define PE_PROBLEM_ROW(name, kind, code) {kind, code},
    PE_PROBLEMS(PE_PROBLEM_ROW)
#undef PE_PROBLEM_ROW
};

PeKind pe_problem_kind(PeProblemName name)
{
    return problems[name].kind;
}

const char *pe_problem_code(PeProblemName name)
{
    return problems[name].code;
}

bool pe_problem_set(PeProblem *problem, PeProblemName name, const char *format, ...)
{
    va_list arguments;

    problem->name = name;
    va_start(arguments, format);
    (void)vsnprintf(problem->reason, sizeof problem->reason, format, arguments);
    va_end(arguments);
    return false;
}
