"""A new plugin: the files of a package that can be installed, tested and published as it stands."""
