# Prints what arrives on a Unix datagram socket, a line a datagram: receive-notifications.pl NAME (@NAME: abstract)
use strict;
use warnings;
use Socket;

$| = 1;
my $name = $ARGV[0];
$name =~ s/^@/\0/;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
bind($socket, pack_sockaddr_un($name)) or die "bind: $!";
print "listening\n";
while (defined(recv($socket, my $text, 4096, 0))) {
    $text =~ s/\n/ | /g;
    print "$text\n";
}
