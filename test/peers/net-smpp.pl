#!/usr/bin/perl
# An SMSC on Net::SMPP (Debian's libnet-smpp-perl): its own codec and framing. `net-smpp.pl REFUSALS COUNT TEXT`
# refuses REFUSALS binds, then delivers COUNT texts, answers each submit_sm with an id and sends its receipt, and exits
# after an unbind. It reports events as lines on stdout.
use strict;
use warnings;
use Net::SMPP;

$| = 1;
my ($refusals, $count, $text) = @ARGV;
my $listener = Net::SMPP->new_listen('127.0.0.1', port => 0, smpp_version => 0x34) or die "listen: $!";
print 'port ', $listener->sockport, "\n";

while (my $session = $listener->accept) {
    while (my $pdu = $session->read_pdu) {
        my $cmd = $pdu->{cmd};
        if ($cmd == 9) {
            if ($refusals-- > 0) {
                print "refused\n";
                $session->bind_transceiver_resp(seq => $pdu->{seq}, status => 0x0d, system_id => 'net-smpp');
                next;
            }
            print "bound $pdu->{system_id} $pdu->{password}\n";
            $session->bind_transceiver_resp(seq => $pdu->{seq}, system_id => 'net-smpp');
            $session->deliver_sm(source_addr_ton => 1, source_addr_npi => 1, source_addr => 8_490_001_000 + $_,
                destination_addr => '8188', short_message => $text, async => 1) for 1 .. $count;
        } elsif ($cmd == 4) {
            my $id = sprintf 'NS%06d', $pdu->{seq};
            print "submit $pdu->{destination_addr} $pdu->{short_message}\n";
            $session->submit_sm_resp(seq => $pdu->{seq}, message_id => $id);
            $session->deliver_sm(esm_class => 4, source_addr => $pdu->{destination_addr}, destination_addr => '8188',
                short_message => "id:$id sub:001 dlvrd:001 submit date:2611290900 done date:2611290901 stat:DELIVRD err:000 text:",
                async => 1);
        } elsif ($cmd == 0x80000005) {
            print "acknowledged $pdu->{status}\n";
        } elsif ($cmd == 0x15) {
            $session->enquire_link_resp(seq => $pdu->{seq});
        } elsif ($cmd == 6) {
            $session->unbind_resp(seq => $pdu->{seq});
            print "unbound\n";
            exit 0;
        }
    }
}
