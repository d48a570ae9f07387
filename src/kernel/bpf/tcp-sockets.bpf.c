/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Lists the TCP sockets of the network namespace in which the iterator is opened (`bpf_iter_tcp_seq_show` in
 * net/ipv4/tcp_ipv4.c): all listeners, and of the others those with a local port in the range that is asked for. For kernels
 * that do not let `tcp-walk.bpf.c` in. Sockets that are bound and idle are in neither hash table.
 */
#include "tcp-record.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct range);
} asked SEC(".maps");

/* What the end of a pass says: the seconds that sysctl tcp_fin_timeout shows, in jiffies. */
struct tail {
	u8 state;
	u8 pad[3];
	u32 fin_timeout;
};

static __always_inline int write_tail(struct seq_file *seq)
{
	struct tail tail = {};

	tail.fin_timeout = bpf_get_current_task_btf()->nsproxy->net_ns->ipv4.sysctl_tcp_fin_timeout;
	bpf_seq_write(seq, &tail, sizeof(tail));
	return 0;
}

SEC("iter/tcp")
int list_tcp_sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct record record = {};
	u32 zero = 0;

	if (!common)
		return write_tail(ctx->meta->seq);
	struct range *range = bpf_map_lookup_elem(&asked, &zero);
	if (!range || !is_listed(common->skc_state, common->skc_num, range))
		return 0;
	u32 length = fill_record(&record, common, common);
	if (length <= sizeof(record))
		bpf_seq_write(ctx->meta->seq, &record, length);
	return 0;
}
