# Whom it asks.
package guard

allow if input.principal.agent == "payer"

deny contains "tiny" if input.context.amounts.EUR < 1000

step_up contains "owner|role:cfo" if input.context.amounts.EUR > 1000000

step_up contains "role:finance:2" if input.context.amounts.EUR >= 10000000

step_up contains who if {
	input.context.effect == "share"
	who := "requester"
}
