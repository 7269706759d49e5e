"""収納・滞納: delinquency charges, refund interest, allocation of payments, set-off, demands, prescription."""
