// Validates signed copies (PAdES) with the European Commission's DSS, in one JVM.
//
//     java -cp <class path of pom.xml> Pades.java ANCHOR.pem good|bad SIGNATURES COPY.pdf…
//
// good: each copy must have that many PAdES-BASELINE-B signatures, intact and valid, with a chain to the anchor, validated at
// their own time under DSS's default policy for AdES; INDETERMINATE is accepted for one reason only: no revocation data.
// bad: in each copy some signature must be TOTAL_FAILED, or DSS must tell of objects or pages that were changed after it.

import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CertificateVerifier;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

public class Pades {
    static final List<String> REVOCATION = List.of("BBB_XCV_IRDPFC_ANS", "BBB_XCV_SUB_ANS");

    static final String FILLED_IN = "/Catalog /StructTreeRoot .* /K /Obj \\d+ \\d+ R /V \\d+ \\d+ R";

    public static void main(String[] args) throws Exception {
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        DSSUtils.loadCertificateFromP7c(Files.newInputStream(Path.of(args[0]))).forEach(anchors::addCertificate);
        boolean good = args[1].equals("good");
        int count = Integer.parseInt(args[2]);
        int failed = 0;
        for (int i = 3; i < args.length; i++) {
            List<String> faults = faults(new File(args[i]), anchors, count);
            if (faults.isEmpty() != good) {
                System.out.println(args[i] + ": " + (good ? String.join("\n  ", faults) : "nothing held against it"));
                failed++;
            }
        }
        System.out.println("dss: " + (args.length - 3) + " copies (" + args[1] + "), " + failed + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }

    static List<String> faults(File copy, CommonTrustedCertificateSource anchors, int count) {
        CertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.addTrustedCertSources(anchors);
        verifier.setAIASource(null);
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(copy));
        validator.setCertificateVerifier(verifier);
        Reports reports = validator.validateDocument();
        SimpleReport report = reports.getSimpleReport();
        DiagnosticData data = reports.getDiagnosticData();
        List<String> faults = new ArrayList<>();
        if (report.getSignaturesCount() != count) {
            faults.add(report.getSignaturesCount() + " signatures, not " + count);
        }
        for (SignatureWrapper signature : data.getSignatures()) {
            String id = signature.getId();
            List<Message> errors = report.getAdESValidationErrors(id);
            boolean open = report.getIndication(id) == Indication.INDETERMINATE
                    && errors.stream().allMatch(error -> REVOCATION.contains(error.getKey()));
            boolean held = signature.isSignatureIntact() && signature.isSignatureValid() && signature.isTrustedChain();
            boolean baseline = "PAdES-BASELINE-B".equals(String.valueOf(report.getSignatureFormat(id)));
            // A seal lies over the signature before it; what is filled in later is no change of a page. That a field is also
            // reached through the structure (PDF/UA), DSS does not know.
            boolean untouched = signature.getPdfUndefinedChanges().stream().allMatch(c -> c.getValue().matches(FILLED_IN)) && signature.getPdfPageDifferenceConcernedPages().isEmpty();
            if (!(held && baseline && untouched && (open || report.getIndication(id) == Indication.TOTAL_PASSED))) {
                faults.add(report.getIndication(id) + " " + report.getSignatureFormat(id) + ", intact " + signature.isSignatureIntact()
                        + ", valid " + signature.isSignatureValid() + ", trusted " + signature.isTrustedChain()
                        + ", changes " + signature.getPdfUndefinedChanges().stream().map(c -> c.getAction() + " " + c.getValue()).toList()
                        + ", pages " + signature.getPdfPageDifferenceConcernedPages()
                        + ": " + errors.stream().map(error -> error.getKey() + " " + error.getValue()).toList());
            }
        }
        return faults;
    }
}
