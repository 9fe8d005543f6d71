/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Preloaded into the worker: holds whoever makes a key for as long as a test wants, since how long it takes by itself is luck.
 *
 * SIGNET_TEST_HOLD_KEY names a FIFO. Where it is there, a key is begun only once somebody has opened it for writing and closed
 * it again, and the file of that name with ".ended" tells what became of the key. Else keys are made as always.
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef int (*Generate) (EVP_PKEY_CTX *context, EVP_PKEY **key);

static int
wait_until_let_go (const char *path)
{
  char octet;
  int fifo = path != NULL ? open (path, O_RDONLY | O_CLOEXEC) : -1;

  if (fifo < 0)
    return 0;
  while (read (fifo, &octet, 1) > 0)
    continue;
  close (fifo);

  return 1;
}

int
EVP_PKEY_generate (EVP_PKEY_CTX  *context,
                   EVP_PKEY     **key)
{
  const char *path = getenv ("SIGNET_TEST_HOLD_KEY");
  int held = wait_until_let_go (path);
  Generate generate;
  int status;
  char ended[4096];
  FILE *file;

  *(void **) &generate = dlsym (RTLD_NEXT, "EVP_PKEY_generate");
  status = generate (context, key);
  if (!held || snprintf (ended, sizeof ended, "%s.ended", path) >= (int) sizeof ended)
    return status;
  file = fopen (ended, "we");
  if (file == NULL || fputs (status == 1 ? "made" : "given up", file) < 0 || fclose (file) != 0)
    abort ();

  return status;
}
