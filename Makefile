# What each target does stands at the top of its script.

.PHONY: run test check bench

run:
	@tools/run.sh

test:
	@tools/test.sh

check:
	@tools/check.sh

bench:
	@tools/bench.sh
