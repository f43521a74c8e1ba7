"""A convolutional autoencoder on pictures of sounds: its bottleneck is an embedding."""
