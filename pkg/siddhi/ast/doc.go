// Package ast is the syntax tree of SiddhiQL: what the text says, nothing resolved.
//
// Every node knows the span of text it came from, so that later stages can point at it; a node built by hand has the
// zero span. Trees can be searched (Walk), compared (Equal), copied (Clone) and written back as text (Print), such that
// parsing what Print wrote gives an equal tree. The planner rewrites trees and prints them to make partial apps.
//
// The package may import schema, for the attribute types, and nothing else of ours.
package ast
