# Where each argument came from: a set at its place, and at a place with `*` all that stand there.
package guard

allow if input.context.effect != "transfer"

allow if {
	every source in input.context.arg_sources["/iban"] {
		source in {"intent", "own"}
	}
	count(input.context.arg_sources["/iban"]) > 0
}

deny contains "outside" if "untrusted" in input.context.arg_sources["/iban"]

deny contains "amount" if {
	some source in input.context.arg_sources["/amount"]
	not source in ["intent", "proposed"]
}

deny contains "nobody" if {
	unknown := {place | some place, sources in input.context.arg_sources; "unknown" in sources}
	unknown == {"/amount", "/iban"}
}

step_up contains "requester" if {
	{source | some source in input.context.arg_sources["/iban"]} == {"intent", "own"}
}
