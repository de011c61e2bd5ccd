#!/bin/sh
# All senders of the mainnet blocks on the simulated cards.
HYP_ALL_SENDERS=1 exec tests/eth/card_senders_test.py
