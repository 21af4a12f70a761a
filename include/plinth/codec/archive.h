/*
 * archive.h - read the files of folders and archives as streams, and write archives.
 *
 * Layer:  codec.  libarchive's: tar, zip, gzip.  Nothing is ever extracted to the disk, so that no
 *         name in an archive leads anywhere; it is text for messages.
 * Limits: LIMIT_ARCHIVE_ENTRIES files in one archive, LIMIT_ARCHIVE_ENTRY_BYTES of one of them
 *         when unpacked, LIMIT_FOLDER_DEPTH folders in one another.  What is read is never held in
 *         memory but for one block.
 */
#ifndef PLINTH_CODEC_ARCHIVE_H
#define PLINTH_CODEC_ARCHIVE_H

#include "plinth/base/err.h"

#include <stddef.h>

struct archive_reader; /* opaque */
struct archive_writer; /* opaque */
struct buf;            /* base/buf.h */

/* --- Reading -------------------------------------------------------------------------------------
 */

/* Whatever stands at `path`: a folder (its files and folders in the order of their names; symbolic
 * links and what is no file are passed over), a tar or zip, packed with gzip or not, or any other
 * file, which is one entry.  An entry that is packed with gzip is unpacked, in an archive as well;
 * an archive in an archive is only bytes.
 * owns: caller, archive_reader_free().  err: ERR_NOTFOUND, ERR_IO.  yields: no. */
int archive_reader_open(const char *path, struct archive_reader **out, struct err *err);

/* The same of an open file or pipe, which stays the caller's; `name` is what messages call it. */
int archive_reader_open_fd(int fd, const char *name, struct archive_reader **out, struct err *err);

void archive_reader_free(struct archive_reader *reader); /* NULL is a no-op */

/* From now on nothing in an archive is passed over: a file without bytes is told of as well, and a
 * folder or link is ERR_PROTOCOL.  yields: no. */
void archive_reader_be_strict(struct archive_reader *reader);

/* On to the next file: 1, and its name until the next call ("logs/a.tar: b.json.gz"); 0: there is
 * none.  -1: one cannot be read; call again for the next one.
 * err: ERR_IO, ERR_PROTOCOL (a damaged archive), ERR_LIMIT.  yields: no. */
int archive_reader_next(struct archive_reader *reader, const char **out_name, struct err *err);

/* The next bytes of that file, at least one: 1; 0 at its end.  -1: the rest of it cannot be read.
 * owns: the reader, until the next call.  err: as archive_reader_next.  yields: no. */
int archive_reader_bytes(struct archive_reader *reader, const char **out_bytes, size_t *out_len,
                         struct err *err);

/* --- Writing -------------------------------------------------------------------------------------
 */

enum archive_format { ARCHIVE_TAR_GZ, ARCHIVE_ZIP };

/* An archive that grows in `out`.  The same files in the same order are the same bytes, wherever
 * and whenever it is made: no time, no owner, mode 0644.
 * owns: caller, archive_writer_free(); `out` stays the caller's.  err: ERR_IO.  yields: no. */
int archive_writer_new(enum archive_format format, struct buf *out, struct archive_writer **out_new,
                       struct err *err);

/* Add a file.  `name` is a relative path without "." and ".." in it.
 * err: ERR_BUG for another name, ERR_LIMIT if `out` is full.  yields: no. */
int archive_writer_add(struct archive_writer *writer, const char *name, const void *bytes,
                       size_t len, struct err *err);

/* Write the end; `out` then holds all of the archive.  Likewise. */
int archive_writer_finish(struct archive_writer *writer, struct err *err);

void archive_writer_free(struct archive_writer *writer); /* NULL is a no-op */

#endif
