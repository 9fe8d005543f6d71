/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "common/vfs-drop.h"

/* Linked beside the worker's main (): every database of the process is opened under the VFS that drops what was not synced. */
__attribute__ ((constructor)) static void
register_vfs (void)
{
  vfs_drop_register ();
}
