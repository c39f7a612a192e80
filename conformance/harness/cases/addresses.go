package cases

// Addresses: MetalLB gives each load balancer the address that the source or the lock says, in any order.
type Addresses struct {
	Orders int    `yaml:"orders"`
	Seed   uint64 `yaml:"seed"`
}

func (a *Addresses) try(*trial) error { return nil }
