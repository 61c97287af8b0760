"""Static files with a hash in their name, so that a browser may keep them for ever."""

from django.contrib.staticfiles.storage import ManifestFilesMixin
from whitenoise.storage import CompressedStaticFilesStorage


class ModuleStorage(ManifestFilesMixin, CompressedStaticFilesStorage):
    """Rewrites ``import`` paths of ES modules too, which Django leaves out by default."""

    support_js_module_import_aggregation = True
