package cases

// Transitions: a flow that is allowed before and after a change is never closed in between.
type Transitions struct{}

func (a *Transitions) try(*trial) error { return nil }

// Patches is for the patches of workloads.
type Patches struct{}

func (a *Patches) try(*trial) error { return nil }
