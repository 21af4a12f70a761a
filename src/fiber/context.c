/*
 * context.c - stacks with guard pages, and the switch between them.
 *
 * A fiber is entered through makecontext once.  After that, swapcontext would cost two system calls
 * a switch to save a signal mask that never changes here, so _setjmp and _longjmp do it.  Under a
 * sanitizer swapcontext stays: its interceptors know it.  Fortify takes a jump to another stack for
 * an attack, so it is off in this file.
 */
#undef _FORTIFY_SOURCE
#define _FORTIFY_SOURCE 0

#include "sched_priv.h"

#include "plinth/base/limits.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define CONTEXT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CONTEXT_ASAN 1
#endif
#endif
#ifdef CONTEXT_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define CONTEXT_VALGRIND 1
#endif
#endif

#ifndef MAP_STACK
#define MAP_STACK 0
#endif

/* --- Stacks --------------------------------------------------------------------------------------
 */

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

struct stack *stack_new(struct err *err)
{
    struct stack *stack = fiber_need(calloc(1, sizeof *stack));
    char *usable;

    stack->map_bytes = LIMIT_FIBER_STACK_BYTES + page_bytes();
    stack->map = mmap(NULL, stack->map_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (stack->map == MAP_FAILED) {
        free(stack);
        (void)err_errno(err, errno, "a fiber's stack");
        return NULL;
    }
    /* Stacks grow down: running over ends in a fault and not in another fiber's data. */
    if (mprotect(stack->map, page_bytes(), PROT_NONE) != 0) {
        (void)err_errno(err, errno, "a fiber's guard page");
        (void)munmap(stack->map, stack->map_bytes);
        free(stack);
        return NULL;
    }
    usable = (char *)stack->map + page_bytes();
#ifdef CONTEXT_VALGRIND
    stack->valgrind_id =
        VALGRIND_STACK_REGISTER(usable, usable + (stack->map_bytes - page_bytes()));
#else
    (void)usable;
#endif
    return stack;
}

/* A fiber that ended left its last frames poisoned; the memory may be anybody's next. */
static void unpoison(struct stack *stack)
{
#ifdef CONTEXT_ASAN
    ASAN_UNPOISON_MEMORY_REGION(stack->map, stack->map_bytes);
#else
    (void)stack;
#endif
}

void stack_cool(struct stack *stack)
{
    unpoison(stack);
    (void)madvise((char *)stack->map + page_bytes(), stack->map_bytes - page_bytes(),
                  MADV_DONTNEED);
}

void stack_free(struct stack *stack)
{
    unpoison(stack);
#ifdef CONTEXT_VALGRIND
    VALGRIND_STACK_DEREGISTER(stack->valgrind_id);
#endif
    (void)munmap(stack->map, stack->map_bytes);
    free(stack);
}

/* --- Switching -----------------------------------------------------------------------------------
 */

void context_init_here(struct context *context)
{
    *context = (struct context){.entered = true};
    context->jump = fiber_need(malloc(sizeof(jmp_buf)));
}

/* makecontext passes ints only: pointers come in halves. */
static uintptr_t join(unsigned high, unsigned low)
{
    return (uintptr_t)((uint64_t)high << 32 | low);
}

static unsigned high_half(uintptr_t value)
{
    return (unsigned)((uint64_t)value >> 32);
}

static void enter(unsigned main_high, unsigned main_low, unsigned arg_high, unsigned arg_low)
{
    fiber_fn main = (fiber_fn)join(main_high, main_low);

    main((void *)join(arg_high, arg_low));
    abort(); /* there is nothing below to return to */
}

void context_init(struct context *context, struct stack *stack, fiber_fn main, void *arg)
{
    char *usable = (char *)stack->map + page_bytes();

    context_init_here(context);
    context->entered = false;
    context->stack_bottom = usable;
    context->stack_bytes = stack->map_bytes - page_bytes();
    (void)getcontext(&context->entry);
    context->entry.uc_stack.ss_sp = usable;
    context->entry.uc_stack.ss_size = context->stack_bytes;
    context->entry.uc_link = NULL;
    makecontext(&context->entry, (void (*)(void))enter, 4, high_half((uintptr_t)main),
                (unsigned)(uintptr_t)main, high_half((uintptr_t)arg), (unsigned)(uintptr_t)arg);
}

void context_fini(struct context *context)
{
    free(context->jump);
    context->jump = NULL;
}

#ifdef CONTEXT_ASAN

void context_switch(struct context *from, struct context *to, bool from_ends)
{
    __sanitizer_start_switch_fiber(from_ends ? NULL : &from->fake_stack, to->stack_bottom,
                                   to->stack_bytes);
    (void)swapcontext(&from->entry, &to->entry);
    __sanitizer_finish_switch_fiber(from->fake_stack, &to->stack_bottom, &to->stack_bytes);
}

void context_arrived(struct context *self, struct context *from)
{
    __sanitizer_finish_switch_fiber(self->fake_stack, &from->stack_bottom, &from->stack_bytes);
}

#else

void context_switch(struct context *from, struct context *to, bool from_ends)
{
    (void)from_ends;
    if (_setjmp(*(jmp_buf *)from->jump) != 0)
        return;
    if (to->entered)
        _longjmp(*(jmp_buf *)to->jump, 1);
    to->entered = true;
    (void)setcontext(&to->entry);
}

void context_arrived(struct context *self, struct context *from)
{
    (void)self;
    (void)from;
}

#endif
