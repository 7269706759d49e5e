"""後期高齢者医療: the premium, for trial and for checking what the 広域連合 sends. The received amount is the truth."""
