"""Random changes to batches of images, one kind per module.

An augmentation is a function of images [N, C, H, W], float in [0, 1], and a `torch.Generator`; it returns images of the
same shape, type and range. Every sample draws its own parameters from the given generator: the same generator state
gives the same images, and torch's global generator is not used. Any number of channels works.
"""
