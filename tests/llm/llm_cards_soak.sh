#!/bin/sh
# 128 tokens on the simulated cards, bit for bit.
HYP_LLM_TOKENS=128 exec tests/llm/llm_cards_test.sh
