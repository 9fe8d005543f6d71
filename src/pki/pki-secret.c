/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pki/pki-secret.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "pki/pki-error.h"

/* Enough for hundreds of keys and codes; the smallest piece fits a code. Both must be powers of two. */
#define SECURE_HEAP_SIZE (4 * 1024 * 1024)
#define SECURE_HEAP_MINIMUM 64

struct _SignetSecret
{
  gatomicrefcount references;
  gsize size;
  guint8 *data;                 /* @size octets and a NUL behind them */
};

GType
signet_secret_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_boxed_type_register_static (g_intern_static_string ("SignetSecret"),
                                                            (GBoxedCopyFunc) signet_secret_ref,
                                                            (GBoxedFreeFunc) signet_secret_unref));

  return type;
}

/* libcrypto's decoders and encoders free some buffers that held a private key as they are: here none is given back full. */

static void *
wiping_malloc (size_t      size,
               const char *file,
               int         line)
{
  return malloc (size);
}

static void
wiping_free (void       *data,
             const char *file,
             int         line)
{
  if (data != NULL)
    explicit_bzero (data, malloc_usable_size (data));
  free (data);
}

static void *
wiping_realloc (void       *data,
                size_t      size,
                const char *file,
                int         line)
{
  gsize old = data != NULL ? malloc_usable_size (data) : 0;
  void *moved;

  if (size == 0)
    {
      wiping_free (data, file, line);
      return NULL;
    }
  moved = malloc (size);
  if (moved == NULL)
    return NULL;
  if (data != NULL)
    memcpy (moved, data, MIN (old, size));
  wiping_free (data, file, line);

  return moved;
}

/**
 * signet_secret_harden_process:
 *
 * Readies the process for secrets: libcrypto's secure heap (locked into memory, left out of core dumps), the rest of its
 * memory wiped before it is given back, no core files, and
 * no attaching by other processes of the same user. To be called once, first thing in main(). Where the system refuses
 * a part, such as locking memory, the rest still holds.
 */
void
signet_secret_harden_process (void)
{
  const struct rlimit none = { 0, 0 };

  if (CRYPTO_set_mem_functions (wiping_malloc, wiping_realloc, wiping_free) != 1)
    g_debug ("libcrypto was used before: what it frees is not wiped");
  if (!CRYPTO_secure_malloc_initialized ()
      && CRYPTO_secure_malloc_init (SECURE_HEAP_SIZE, SECURE_HEAP_MINIMUM) == 0)
    g_warning ("Secrets cannot be kept in locked memory: %s", g_strerror (errno));
  if (setrlimit (RLIMIT_CORE, &none) != 0)
    g_warning ("Core dumps cannot be switched off: %s", g_strerror (errno));
  if (prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    g_warning ("This process can be read by others of its user: %s", g_strerror (errno));
}

static SignetSecret *
secret_alloc (gsize size)
{
  SignetSecret *self = g_new (SignetSecret, 1);

  g_atomic_ref_count_init (&self->references);
  self->size = size;
  self->data = OPENSSL_secure_zalloc (size + 1);
  /* A full secure heap ends nothing: this one is then cleansed when freed, but may be paged out. */
  if (self->data == NULL)
    self->data = OPENSSL_zalloc (size + 1);
  if (self->data == NULL)
    g_error ("No memory for a secret of %" G_GSIZE_FORMAT " octets", size);

  return self;
}

/**
 * signet_secret_new:
 * @data: (array length=size): octets to copy
 * @size: how many
 *
 * Returns: (transfer full): a secret that holds a copy
 */
SignetSecret *
signet_secret_new (gconstpointer data,
                   gsize         size)
{
  SignetSecret *self;

  g_return_val_if_fail (data != NULL || size == 0, NULL);

  self = secret_alloc (size);
  if (size > 0)
    memcpy (self->data, data, size);

  return self;
}

/**
 * signet_secret_new_random:
 * @size: how many octets
 *
 * Returns: (transfer full): fresh octets from libcrypto's private generator. Does not return where there are none: without
 *   randomness nothing may go on.
 */
SignetSecret *
signet_secret_new_random (gsize size)
{
  SignetSecret *self = secret_alloc (size);

  if (RAND_priv_bytes_ex (NULL, self->data, size, 0) != 1)
    g_error ("The random generator gave nothing");

  return self;
}

/**
 * signet_secret_new_take:
 * @data: (transfer full) (array length=size): octets from g_malloc()
 * @size: how many
 *
 * Copies, then cleanses and frees @data.
 *
 * Returns: (transfer full): a secret
 */
SignetSecret *
signet_secret_new_take (gpointer data,
                        gsize    size)
{
  SignetSecret *self = signet_secret_new (data, size);

  if (data != NULL)
    OPENSSL_cleanse (data, size);
  g_free (data);

  return self;
}

static gboolean
read_all (int       fd,
          guint8   *buffer,
          gsize     size,
          gsize    *length,
          GError  **error)
{
  *length = 0;
  while (*length < size)
    {
      gssize n = read (fd, buffer + *length, size - *length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          int saved = errno;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), _("The secret could not be read: %s"),
                       g_strerror (saved));
          return FALSE;
        }
      if (n == 0)
        break;
      *length += (gsize) n;
    }

  return TRUE;
}

/**
 * signet_secret_new_from_fd:
 * @fd: a descriptor open for reading; stays open
 * @max: octets that are at most taken; more is an error
 * @text: whether one line end (LF or CRLF) at the end is dropped
 * @error: (out) (optional): %SIGNET_PKI_ERROR_TOO_LARGE, or a #GIOErrorEnum
 *
 * Returns: (transfer full): all that @fd gives, or %NULL
 */
SignetSecret *
signet_secret_new_from_fd (int       fd,
                           gsize     max,
                           gboolean  text,
                           GError  **error)
{
  g_autoptr (SignetSecret) buffer = NULL;
  gsize length;

  g_return_val_if_fail (fd >= 0, NULL);
  g_return_val_if_fail (max < G_MAXSIZE, NULL);

  buffer = secret_alloc (max + 1);
  if (!read_all (fd, buffer->data, max + 1, &length, error))
    return NULL;
  if (length > max)
    {
      g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_TOO_LARGE,
                   _("The secret is longer than %" G_GSIZE_FORMAT " octets."), max);
      return NULL;
    }
  if (text && length > 0 && buffer->data[length - 1] == '\n')
    {
      length--;
      if (length > 0 && buffer->data[length - 1] == '\r')
        length--;
    }

  return signet_secret_new (buffer->data, length);
}

/**
 * signet_secret_new_from_file:
 * @path: (type filename): a file
 * @max: as for signet_secret_new_from_fd()
 * @text: as for signet_secret_new_from_fd()
 * @error: (out) (optional): where an error goes
 *
 * Returns: (transfer full): what the file holds, or %NULL
 */
SignetSecret *
signet_secret_new_from_file (const char  *path,
                             gsize        max,
                             gboolean     text,
                             GError     **error)
{
  SignetSecret *self;
  int fd;

  g_return_val_if_fail (path != NULL, NULL);

  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    {
      int saved = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), _("“%s” could not be opened: %s"), path,
                   g_strerror (saved));
      return NULL;
    }
  self = signet_secret_new_from_fd (fd, max, text, error);
  close (fd);

  return self;
}

SignetSecret *
signet_secret_ref (SignetSecret *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->references);

  return self;
}

void
signet_secret_unref (SignetSecret *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->references))
    return;
  OPENSSL_secure_clear_free (self->data, self->size + 1);
  g_free (self);
}

/**
 * signet_secret_get_data:
 * @self: a secret
 * @size: (out) (optional): how many octets
 *
 * Returns: (transfer none) (array length=size): the octets, with a NUL behind them that does not count
 */
const guint8 *
signet_secret_get_data (SignetSecret *self,
                        gsize        *size)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (size != NULL)
    *size = self->size;

  return self->data;
}

gsize
signet_secret_get_size (SignetSecret *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->size;
}

/**
 * signet_secret_equal:
 * @a: a secret
 * @b: a secret
 *
 * Returns: whether both hold the same octets; takes the same time whatever these are
 */
gboolean
signet_secret_equal (SignetSecret *a,
                     SignetSecret *b)
{
  g_return_val_if_fail (a != NULL, FALSE);
  g_return_val_if_fail (b != NULL, FALSE);

  return a->size == b->size && CRYPTO_memcmp (a->data, b->data, a->size) == 0;
}

/**
 * signet_secret_to_fd:
 * @self: a secret
 * @error: (out) (optional): a #GIOErrorEnum
 *
 * Puts the secret into anonymous memory, to hand it to another process without a message that would be copied and kept.
 *
 * Returns: a descriptor at its start, or -1
 */
int
signet_secret_to_fd (SignetSecret  *self,
                     GError       **error)
{
  gsize written = 0;
  int fd;

  g_return_val_if_fail (self != NULL, -1);

  fd = memfd_create ("signet-secret", MFD_CLOEXEC);
  while (fd >= 0 && written < self->size)
    {
      gssize n = write (fd, self->data + written, self->size - written);

      if (n < 0 && errno != EINTR)
        break;
      written += n > 0 ? (gsize) n : 0;
    }
  if (fd < 0 || written < self->size || lseek (fd, 0, SEEK_SET) != 0)
    {
      int saved = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), _("The secret could not be handed over: %s"),
                   g_strerror (saved));
      if (fd >= 0)
        close (fd);
      return -1;
    }

  return fd;
}
