# Whole numbers of ten-thousandths: compared, added, multiplied, with a remainder, and far beyond 64 bits.
package guard

allow if input.context.effect == "read"

allow if {
	input.action == "bank/pay"
	input.context.amounts.EUR <= 1000 * 10000
}

deny contains "odd" if input.context.amounts.EUR % 2 == 1

deny contains "negative" if 0 - input.context.amounts.EUR > 5 - 10

deny contains "far" if {
	far := input.context.amounts.EUR * 999999999999999999
	far - 1 > 999999999999999999
	far % 7 == 3
}

deny contains "beside" if abs(input.context.amounts.EUR - 1205000) < 3
