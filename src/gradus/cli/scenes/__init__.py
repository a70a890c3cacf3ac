"""The scenes of ``gradus demo``, one module a capability."""
