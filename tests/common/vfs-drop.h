/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * A SQLite VFS under which nothing is durable that was not synced: writes and truncations stay in this process's memory
 * until xSync and are gone when the process is killed, as after a power cut. All connections of the process see the same
 * memory; other processes see what was synced, so none may have the database open meanwhile. File creation and deletion
 * are durable at once.
 */
void vfs_drop_register (void);        /* as SQLite's default, once, before the first connection */
