/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * kill-at REPORT N PROGRAM [ARGUMENT…]
 *
 * Runs PROGRAM and kills it with signal 9 when it is about to do its N-th system call that touches disk or network: the call
 * itself does not happen any more. With N = 0 it only counts. Children of PROGRAM run on untouched and uncounted. When it
 * is over, REPORT holds one line, "points COUNT killed CALL" or "points COUNT ended STATUS". SIGTERM and SIGINT go on to
 * PROGRAM.
 *
 * A seccomp filter stops the program at these calls only, so that everything else runs at full speed.
 */

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define KILL_AT_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define KILL_AT_ARCH AUDIT_ARCH_AARCH64
#else
#error "kill-at knows the system calls of x86_64 and aarch64 only"
#endif

typedef struct
{
  int number;
  const char *name;
} Call;

static const Call calls[] = {
  { SYS_write, "write" },
  { SYS_writev, "writev" },
  { SYS_pwrite64, "pwrite64" },
  { SYS_fsync, "fsync" },
  { SYS_fdatasync, "fdatasync" },
  { SYS_ftruncate, "ftruncate" },
  { SYS_sendto, "sendto" },
  { SYS_sendmsg, "sendmsg" },
  { SYS_recvfrom, "recvfrom" },
  { SYS_recvmsg, "recvmsg" },
  { SYS_connect, "connect" },
#ifdef SYS_rename
  { SYS_rename, "rename" },
#endif
  { SYS_renameat, "renameat" },
#ifdef SYS_unlink
  { SYS_unlink, "unlink" },
#endif
  { SYS_unlinkat, "unlinkat" },
};
#define N_CALLS (sizeof calls / sizeof calls[0])

static volatile pid_t child;

static void
forward (int signal_number)
{
  if (child > 0)
    kill (child, signal_number);
}

static int
install_filter (void)
{
  struct sock_filter program[4 + N_CALLS + 2];
  struct sock_fprog filter = { .filter = program };
  unsigned n = 0;

  program[n++] = (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, arch));
  program[n++] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, KILL_AT_ARCH, 1, 0);
  program[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  program[n++] = (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr));
  for (unsigned i = 0; i < N_CALLS; i++)
    program[n++] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, (unsigned) calls[i].number,
                                                  (unsigned char) (N_CALLS - i), 0);
  program[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  program[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_TRACE);
  filter.len = (unsigned short) n;

  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return -1;
  return prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

static void
run_child (char **arguments)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (ptrace (PTRACE_TRACEME, 0, NULL, NULL) != 0)
    _exit (125);
  raise (SIGSTOP);
  if (install_filter () != 0)
    _exit (125);
  execv (arguments[0], arguments);
  _exit (127);
}

/* The thread group of a thread, read from /proc: clone events name threads, counting is by process. */
static pid_t
thread_group (pid_t thread)
{
  char path[64];
  char line[256];
  pid_t group = 0;
  FILE *status;

  snprintf (path, sizeof path, "/proc/%d/status", (int) thread);
  status = fopen (path, "r");
  if (status == NULL)
    return 0;
  while (fgets (line, sizeof line, status) != NULL)
    if (strncmp (line, "Tgid:", 5) == 0)
      {
        group = (pid_t) strtol (line + 5, NULL, 10);
        break;
      }
  fclose (status);

  return group;
}

static const char *
call_name (pid_t thread)
{
  struct
  {
    __u8 op;
    __u8 pad[3];
    __u32 arch;
    __u64 instruction_pointer;
    __u64 stack_pointer;
    __u64 nr;
    __u64 rest[8];
  } info = { 0 };

  if (ptrace ((enum __ptrace_request) 0x420e /* PTRACE_GET_SYSCALL_INFO */, thread, (void *) sizeof info, &info) <= 0)
    return "unknown";
  for (unsigned i = 0; i < N_CALLS; i++)
    if ((__u64) calls[i].number == info.nr)
      return calls[i].name;

  return "unknown";
}

/* Follows everything until the program is gone. Returns the name of the call it was killed at, or NULL. */
static const char *
trace (unsigned long wanted, unsigned long *points, int *end_status)
{
  const char *killed = NULL;

  for (;;)
    {
      int status;
      int deliver = 0;
      pid_t thread = waitpid (-1, &status, __WALL);

      if (thread < 0)
        {
          if (errno == EINTR)
            continue;
          return killed;
        }
      if (WIFEXITED (status) || WIFSIGNALED (status))
        {
          if (thread == child)
            {
              *end_status = status;
              return killed;
            }
          continue;
        }
      if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_SECCOMP << 8)))
        {
          if (killed == NULL && thread_group (thread) == child && ++*points == wanted)
            {
              killed = call_name (thread);
              kill (child, SIGKILL);
              continue;
            }
        }
      else if (WSTOPSIG (status) != SIGTRAP && WSTOPSIG (status) != SIGSTOP)
        deliver = WSTOPSIG (status);
      ptrace (PTRACE_CONT, thread, NULL, (void *) (long) deliver);
    }
}

int
main (int    argc,
      char **argv)
{
  struct sigaction action = { .sa_handler = forward };
  unsigned long points = 0;
  const char *killed;
  int status = 0;
  FILE *report;

  if (argc < 4)
    {
      fputs ("usage: kill-at REPORT N PROGRAM [ARGUMENT...]\n", stderr);
      return 2;
    }

  child = fork ();
  if (child == 0)
    run_child (argv + 3);
  if (child < 0 || waitpid (child, &status, 0) != child || !WIFSTOPPED (status))
    {
      perror ("kill-at");
      return 125;
    }
  sigaction (SIGTERM, &action, NULL);
  sigaction (SIGINT, &action, NULL);
  ptrace (PTRACE_SETOPTIONS, child, NULL,
          (void *) (PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK
                    | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL));
  ptrace (PTRACE_CONT, child, NULL, NULL);

  killed = trace (strtoul (argv[2], NULL, 10), &points, &status);

  report = fopen (argv[1], "w");
  if (report == NULL)
    {
      perror (argv[1]);
      return 125;
    }
  if (killed != NULL)
    fprintf (report, "points %lu killed %s\n", points, killed);
  else
    fprintf (report, "points %lu ended %d\n", points, WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status));
  fclose (report);

  return killed != NULL ? 0 : WIFEXITED (status) ? WEXITSTATUS (status) : 1;
}
