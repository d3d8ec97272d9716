// An SQLite VFS for tests: the system's own, whose operations on files below one folder can be made to fail.
#ifndef FAULT_VFS_H
#define FAULT_VFS_H

/// Makes this VFS the default of the process; calling it again does nothing. Returns an SQLite result code.
int fault_vfs_register(void);

/// From now on the `countdown`-th operation (from 1) that changes a file whose path begins with `prefix` fails with the SQLite
/// result code `code` (SQLITE_FULL, or an SQLITE_IOERR of any kind, of which the right one for the operation is given), and with
/// `persistent` every such operation after it as well. Operations are: creating, writing, truncating, syncing and deleting a file;
/// with `reads` reading as well.
void fault_vfs_arm(const char *prefix, int countdown, int code, int persistent, int reads);

/// Lets everything succeed again. Returns how many operations failed since fault_vfs_arm.
int fault_vfs_disarm(void);

#endif
