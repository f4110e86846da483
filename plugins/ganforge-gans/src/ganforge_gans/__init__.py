"""GANs that make images of noise, and unpaired translation, for ganforge."""
