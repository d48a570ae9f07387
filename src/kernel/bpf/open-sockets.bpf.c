/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Lists the sockets that processes have open, as the links in /proc/PID/fd tell them: process by process, lowest number first
 * (`task_file_seq_get_next` in kernel/bpf/task_iter.c). Numbers of processes are those of the first pid namespace.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

/* A record of `open-sockets.ts`. */
struct open_socket {
	u32 pid;
	/* As it is written in the link. */
	u32 inode;
};

SEC("iter/task_file")
int list_open_sockets(struct bpf_iter__task_file *ctx)
{
	struct open_socket record = {};
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;

	if (!task || !file || !bpf_sock_from_file(file))
		return 0;
	record.pid = task->tgid;
	record.inode = file->f_inode->i_ino;
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}
