// Package parser reads SiddhiQL 5.1 text into syntax trees.
//
// The lexer cuts the text into tokens; a recursive-descent parser, one function per construct, builds the tree. After
// a mistake the parser goes on at the next statement, so that one call reports the mistakes of the whole text; a text
// with mistakes gives no tree. Keywords are not reserved: what a word means follows from where it stands.
//
// The package may import ast, schema and suggest, and nothing else of ours.
package parser
