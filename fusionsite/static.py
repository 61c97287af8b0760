"""Static files with a hash in their name, so that a browser may keep them for ever, and beside
each a compressed one for whoever takes it."""

from collections.abc import Iterable, Iterator

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """Rewrites ``import`` paths of ES modules too, which Django leaves out by default."""

    support_js_module_import_aggregation = True

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """What has a hash in its name never changes: it is compressed at the first start only."""
        hashed = set(self.hashed_files.values())
        new = [path for path in paths if path in hashed and not self.exists(f"{path}.gz")]
        yield from super().compress_files(new)
