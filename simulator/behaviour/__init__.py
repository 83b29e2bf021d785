"""What goes on in a device beside its sessions: nodes that come and change by themselves, Management Objects that
do something when they are executed. A `Device` knows nothing of any of them; they are put into it."""
