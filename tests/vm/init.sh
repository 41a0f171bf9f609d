#!/bin/busybox sh
# Process 1 of the guest. On the kernel's command line: steps=dhcp,ping,… in order, peer=ADDRESS of who answers.
# What it says on the console begins with "guest:".
/bin/busybox --install -s /bin
export PATH=/bin
mkdir -p /proc /sys /tmp /www
mount -t proc proc /proc
mount -t sysfs sysfs /sys

for module in $(cat /modules/order); do
    insmod "/modules/$module.ko"
done
for word in $(cat /proc/cmdline); do
    case $word in steps=* | peer=*) eval "$word" ;; esac
done
until [ -e /sys/class/net/eth0 ]; do usleep 10000; done
ip link set lo up
ip link set eth0 up

for step in $(echo "$steps" | tr , ' '); do
    case $step in
        dhcp) udhcpc -i eth0 -n -q -t 10 -T 1 -s /lease.sh ;;
        static) ip address add 10.0.2.15/24 dev eth0 ;;
        arp) arping -c 1 -I eth0 "$peer" ;;
        ping) ping -c 3 -i 0.1 -W 2 "$peer" ;;
        dns) nslookup web1.test "$peer" ;;
        # wget would look for the name of a service, at which a static program crashes.
        http) printf 'GET / HTTP/1.0\r\nHost: %s\r\n\r\n' "$peer" | nc -w 5 "$peer" 80 ;;
        tftp) tftp -g -r boot.cfg -l /tmp/boot.cfg "$peer" ;;
        serve) echo "served by the guest" >/www/index.html && httpd -p 80 -h /www ;;
        knock) arping -q -c 1 -w 1 -I eth0 "$peer" ;;
        steadily) while :; do ping -c 1 -W 1 "$peer"; usleep 200000; done ;;
        wait) while :; do sleep 60; done ;;
        reboot) echo "guest: $step" && reboot -f ;;
        off) echo "guest: $step" && poweroff -f ;;
    esac 2>&1 | sed "s/^/guest: /"
    echo "guest: did $step"
done
