package headscope.file;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Why a file could not be read or written, in words for a message. */
public final class FileFault {
  private FileFault() {}

  /** The cause without the name of a class; the message around it names the file. */
  public static String words(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such file or folder";
    }
    if (e instanceof AccessDeniedException) {
      return "permission is denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "something of that name is there already";
    }
    if (e instanceof NotDirectoryException || e instanceof DirectoryNotEmptyException) {
      return "a folder was expected there, or is not empty";
    }
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return reason == null ? "the system gives no reason" : reason;
  }
}
