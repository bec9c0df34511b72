# Two values of one rule for some: no answer at all, and ours refuses.
package guard

allow := true if input.context.depth == 1

allow := false if input.principal.agent == "clerk"
