# What is not there is undefined: neither true nor false, and what rests on it is not either.
package guard

allow if not input.context.amounts.EUR > 10000000

deny contains "template" if input.context.template == "x"

deny contains "no template" if not input.context.template

deny contains "other" if input.context.amounts.USD > 0

deny contains "zone" if not input.context.destination.zone == "own"

deny contains "false" if not false_one

false_one := false

deny contains "deep" if input.context.destination.kind == "iban"

deny contains "resource" if input.resource == "x"
