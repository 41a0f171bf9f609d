#!/bin/busybox sh
# What udhcpc does with a lease.
[ "$1" = bound ] || exit 0
ip address add "$ip/${mask:-24}" dev "$interface"
