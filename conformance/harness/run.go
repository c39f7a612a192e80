package main

func run(conformance string, names []string) error       { return nil }
func insideRun(conformance string, names []string) error { return nil }
